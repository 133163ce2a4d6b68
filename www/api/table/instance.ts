/**
 * A table's own instance of engines/table, in memory of its own: gone with the table, and alone to end where it fails.
 * Numbers pass; texts and answers lie in its memory.
 */
import { BreakevenError, type ErrorCode } from '../error.js';
import { fetchWasm } from '../fetch-file.js';

/** engines/table. Below 0 is an error, which lies where answers do. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  begin(): void;
  bytes(n: number): number;
  numbers(n: number): number;
  labels(n: number): number;
  answer(): number;
  answer_length(): number;
  open(n: number): number;
  read(n: number, last: number): number;
  read_again(): number;
  summarise(max_cells: number): number;
  want(n: number): number;
  read_texts(n: number, last: number): number;
  choose(): number;
  fill(first: number, n_rows: number): number;
  list(from: number, to: number): number;
  read_listed(n: number, last: number): number;
  write(n: number): number;
  read_rows(n: number, last: number): number;
  written(n_rows: number, n_shares: number): number;
}

type Reading = 'read' | 'read_texts' | 'read_listed' | 'read_rows';

/** Of the file that is built with this: the bundler writes it here. */
declare const TABLE_CRC32: number;

/** What is said of bytes that are not UTF-8, to whoever can read them otherwise. */
export class NotUtf8 extends BreakevenError {}

/** The file, fetched once, when a table is first read; what failed is tried anew. */
export class TableFile {
  readonly #url: string;
  #module: Promise<WebAssembly.Module> | null = null;
  #failed = false;

  constructor(url: string) {
    this.#url = url;
  }

  async instance(): Promise<TableInstance> {
    this.#module ??= this.#fetch().catch((error) => {
      this.#module = null;
      this.#failed = true;
      throw error;
    });
    return new TableInstance(await this.#module);
  }

  async #fetch(): Promise<WebAssembly.Module> {
    // A file of another version may come from a cache.
    const file = await fetchWasm(this.#url, "tables' file", undefined, this.#failed ? 'reload' : 'default');
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (crc32(bytes) !== TABLE_CRC32) {
      const why = 'is not of the version of the other files: reload the page without its cache';
      throw new BreakevenError('worker_failed', `${this.#url} ${why}.`);
    }
    return WebAssembly.compile(bytes);
  }
}

export class TableInstance {
  readonly #of: Exports;
  #words = '';
  #ended: BreakevenError | null = null;

  constructor(module: WebAssembly.Module) {
    const tell = (at: number, n: number) => {
      this.#words = new TextDecoder().decode(new Uint8Array(this.#of.memory.buffer, at, n));
    };
    this.#of = new WebAssembly.Instance(module, { breakeven: { tell } }).exports as unknown as Exports;
    this.#of.begin();
  }

  open(words: Uint8Array): void {
    this.#put(words);
    this.#ask((of) => of.open(words.length));
  }

  /** The next bytes of a pass. */
  read(how: Reading, bytes: Uint8Array, last: boolean): number {
    this.#put(bytes);
    return this.#ask((of) => of[how](bytes.length, Number(last)));
  }

  readAgain(): void {
    this.#ask((of) => of.read_again());
  }

  /** Whether all is counted. */
  summarise(max_cells: number): boolean {
    return this.#ask((of) => of.summarise(max_cells)) === 1;
  }

  /** How many columns' texts are to be read for that. */
  want(words: Uint8Array): number {
    this.#put(words);
    return this.#ask((of) => of.want(words.length));
  }

  choose(): void {
    this.#ask((of) => of.choose());
  }

  /** Rows and labels from `first` on, into these. */
  fill(first: number, n_rows: number, rows: Float64Array, y: Int32Array): void {
    const at = this.#room('numbers', rows.length);
    const labels = this.#room('labels', n_rows);
    this.#ask((of) => of.fill(first, n_rows));
    rows.set(new Float64Array(this.#of.memory.buffer, at, rows.length));
    if (y.length > 0) y.set(new Int32Array(this.#of.memory.buffer, labels, n_rows));
  }

  /** From which byte of the text on rows are to be looked for. */
  list(from: number, to: number): number {
    return this.#ask((of) => of.list(from, to));
  }

  /** The first line. */
  write(words: Uint8Array): Uint8Array<ArrayBuffer> {
    this.#put(words);
    this.#ask((of) => of.write(words.length));
    return this.answer();
  }

  /** The rows that wait, each with its label's number and its shares. */
  written(labels: Uint32Array, shares: Float64Array): Uint8Array<ArrayBuffer> {
    const places = this.#room('labels', labels.length);
    const numbers = this.#room('numbers', shares.length);
    new Uint32Array(this.#of.memory.buffer, places, labels.length).set(labels);
    new Float64Array(this.#of.memory.buffer, numbers, shares.length).set(shares);
    this.#ask((of) => of.written(labels.length, shares.length));
    return this.answer();
  }

  /** A copy of the answer. */
  answer(): Uint8Array<ArrayBuffer> {
    const { memory, answer, answer_length } = this.#of;
    return new Uint8Array(memory.buffer as ArrayBuffer, answer() >>> 0, answer_length() >>> 0).slice();
  }

  json<T>(): T {
    return JSON.parse(new TextDecoder().decode(this.answer()));
  }

  #put(bytes: Uint8Array): void {
    const at = this.#room('bytes', bytes.length);
    new Uint8Array(this.#of.memory.buffer, at, bytes.length).set(bytes);
  }

  #room(kind: 'bytes' | 'numbers' | 'labels', n: number): number {
    const at = this.#ask((of) => of[kind](n) >>> 0);
    if (at === 0) throw noMemory();
    return at;
  }

  #ask(ask: (of: Exports) => number): number {
    if (this.#ended) throw this.#ended;
    this.#words = '';
    let said: number;
    try {
      said = ask(this.#of);
    } catch (error) {
      const words = this.#words || (error instanceof Error ? error.message : String(error));
      this.#ended = words.endsWith('out of memory')
        ? noMemory()
        : new BreakevenError('worker_failed', `Reading the table stopped unexpectedly (${words}): read it again.`);
      throw this.#ended;
    }
    if (said >= 0) return said;
    const { code, message, setting } = this.json<{ code: string; message: string; setting?: string }>();
    const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
    if (code === 'not_utf8') throw new NotUtf8('bad_table', sentence, 'options.encoding');
    throw new BreakevenError(code as ErrorCode, sentence, setting && `options.${setting}`);
  }
}

function noMemory(): BreakevenError {
  return new BreakevenError('out_of_memory', 'There is no memory for this table: leave out rows or columns.');
}

const encoder = new TextEncoder();

/** Texts as engines/table reads them: each its length, then its UTF-8. */
export function words(texts: readonly string[]): Uint8Array {
  const all = texts.map((text) => encoder.encode(text));
  const whole = new Uint8Array(all.reduce((n, bytes) => n + 4 + bytes.length, 0));
  const view = new DataView(whole.buffer);
  let at = 0;
  for (const bytes of all) {
    view.setUint32(at, bytes.length, true);
    whole.set(bytes, at + 4);
    at += 4 + bytes.length;
  }
  return whole;
}

/** Nothing, or a text. */
export const optional = (text: string | undefined): string[] => (text === undefined ? [''] : ['1', text]);
/** A number, then as many texts. */
export const list = (texts: readonly string[]): string[] => [String(texts.length), ...texts];
export const optionalList = (texts: readonly string[] | undefined | null): string[] =>
  texts ? ['1', ...list(texts)] : [''];

function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
