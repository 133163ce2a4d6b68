/** The visitor's tables: read beside the engine's turns, each in an instance of its own. */
import { BreakevenError } from '../error.js';
import type { DatasetSpec, LikeModel, TableOptions, TableRef } from '../protocol.js';
import type { Call } from '../rpc/serve.js';
import {
  type Chunk,
  chunks,
  type Encoding,
  encodingName,
  encodingOf,
  isInParts,
  type Start,
  UTF_8,
  WINDOWS,
} from '../table/decode.js';
import { list, NotUtf8, optional, optionalList, type TableFile, type TableInstance, words } from '../table/instance.js';
import type { Column, TableColumn } from '../types.js';
import type { Turns } from './turns.js';

/** Cells that are counted, or made rows of, before the event loop turns. */
const CELLS = 1_000_000;
/** Columns that are told of, a sentence each. */
const TOLD = 20;
/** Cells that are listed at once. */
const LISTED = 2_000_000;

/** What is wanted of a table, its columns by number. */
interface Wanted {
  target: number | undefined;
  features: number[];
  notes: string[];
}

/** Rows of a table, as a matrix is made of them. */
export interface MadeRows {
  rows: Float64Array;
  n_rows: number;
  y: Int32Array;
  columns: Column[];
  class_names: string[];
  notes: string[];
}

type Facts = Omit<TableRef, 'id'>;

/** What is made of a chunk; whether that is enough. */
type Step = (chunk: Chunk) => boolean;

export class KeptTable {
  readonly #source: Blob;
  readonly #turns: Turns;
  #encoding: Encoding;
  readonly #instance: TableInstance;
  #facts!: Facts;
  /** Columns by their names. */
  #places: Map<string, number> | undefined;
  /** Where chunks begin, where reading may begin there. */
  #starts: Start[] = [];
  /** One at a time works with the instance. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(source: Blob, turns: Turns, encoding: Encoding, instance: TableInstance) {
    this.#source = source;
    this.#turns = turns;
    this.#encoding = encoding;
    this.#instance = instance;
  }

  /** Reads it, twice from its beginning to its end. */
  static async read(
    file: TableFile,
    source: Blob,
    { encoding: given, ...options }: TableOptions,
    turns: Turns,
    call: Call,
  ): Promise<KeptTable> {
    const name = given === undefined ? undefined : encodingName(given);
    if (name === null) {
      const told = `encoding = '${given?.slice(0, 40)}' is not possible: it must be one that TextDecoder knows, such as 'utf-8', 'windows-1252' or 'shift_jis'.`;
      throw new BreakevenError('invalid_param', told, 'options.encoding');
    }
    const encoding = await encodingOf(source, name);
    const asked = words([
      ...optional(options.header === undefined ? undefined : String(options.header)),
      ...optional(options.delimiter),
      ...optional(options.decimal),
      ...optionalList(options.missing_values),
    ]);
    const begin = async (encoding: Encoding) => {
      const table = new KeptTable(source, turns, encoding, await file.instance());
      await table.#read(call, asked);
      return table;
    };
    try {
      return await begin(encoding);
    } catch (error) {
      // Excel's own, where it is not what most others are.
      if (!(error instanceof NotUtf8) || encoding.given || encoding.mark > 0) throw at('source', error);
      return await begin({ name: WINDOWS, mark: 0, given: false }).catch((error) => {
        throw at('source', error);
      });
    }
  }

  get facts(): Facts {
    return this.#facts;
  }

  async #read(call: Call, asked: Uint8Array): Promise<void> {
    const total = 2 * this.#source.size;
    const progress = (done: number) => call.onProgress({ stage: 'read table', done, total });
    this.#instance.open(asked);
    await this.#pass(call, ({ bytes, at, done, last }) => {
      if (isInParts(this.#encoding)) this.#starts.push({ source: done, text: at + bytes.length });
      this.#instance.read('read', bytes, last);
      progress(done);
      return false;
    });
    this.#instance.readAgain();
    await this.#pass(call, ({ bytes, done, last }) => {
      this.#instance.read('read', bytes, last);
      progress(this.#source.size + done);
      return false;
    });
    while (!this.#instance.summarise(CELLS)) await this.#turns.turn(call);
    progress(total);
    this.#facts = this.#told(this.#instance.json<Facts>());
  }

  #told({ read_as, notes, ...facts }: Facts): Facts {
    const { name, mark } = this.#encoding;
    const guessed = name === WINDOWS && !this.#encoding.given;
    const why = guessed
      ? ['It is no UTF-8 and was read as windows-1252: if letters are wrong, say which encoding it is.']
      : [];
    const shown =
      name === UTF_8 || mark > 0 || this.#encoding.given ? why : guessed ? why : [`It was read as ${name}.`];
    return { ...facts, read_as: { ...read_as, encoding: name }, notes: [...shown, ...notes] };
  }

  /** Hands the text to `step`, chunk by chunk, until that has enough; other calls go on between. */
  async #pass(call: Call, step: Step, start?: Start): Promise<void> {
    for await (const chunk of chunks(this.#source, this.#encoding, start)) {
      await this.#turns.turn(call);
      if (step(chunk)) return;
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Cells as they are written, their quotes undone. */
  rows(call: Call, from: number, to: number): Promise<string[][]> {
    const { n_rows, columns } = this.#facts;
    const n = Math.min(to, n_rows) - from;
    if (n <= 0) return Promise.resolve([]);
    if (n * columns.length > LISTED) {
      const most = Math.max(1, Math.floor(LISTED / columns.length));
      throw new BreakevenError('invalid_param', `rows gives at most ${most} rows of this table at once.`, 'to');
    }
    return this.#alone(async () => {
      const at = this.#instance.list(from, to);
      const start = this.#starts.findLast(({ text }) => text <= at);
      let skip = at - (start?.text ?? 0);
      await this.#pass(
        call,
        ({ bytes, last }) => {
          const rest = bytes.subarray(Math.min(skip, bytes.length));
          skip -= bytes.length - rest.length;
          return this.#instance.read('read_listed', rest, last) === 1;
        },
        start,
      );
      return this.#instance.json<string[][]>();
    });
  }

  /** The rows that a classifier takes. */
  made(call: Call, spec: DatasetSpec, like: LikeModel | null): Promise<MadeRows> {
    const { target, features, notes } = this.#wanted(spec, like);
    const drop = spec.drop_missing === true ? 'any' : spec.drop_missing === 'target' ? 'target' : '';
    const asked = words([
      ...optional(target === undefined ? undefined : String(target)),
      drop,
      ...list(features.map(String)),
      ...(like
        ? [
            '1',
            ...like.columns.flatMap(({ kind, categories }) => [kind, ...list(categories ?? [])]),
            ...optionalList(like.class_names),
          ]
        : ['']),
    ]);
    return this.#alone(async () => {
      if (this.#instance.want(asked) > 0) {
        await this.#pass(call, ({ bytes, last }) => {
          this.#instance.read('read_texts', bytes, last);
          return false;
        });
      }
      try {
        this.#instance.choose();
      } catch (error) {
        throw at('options', error);
      }
      const chosen = this.#instance.json<{
        n_rows: number;
        class_names: string[];
        categories: (string[] | null)[];
      }>();
      const { n_rows, class_names, categories } = chosen;
      const width = features.length;
      const rows = room(Float64Array, n_rows * width);
      const y = room(Int32Array, target === undefined ? 0 : n_rows);
      const step = Math.max(1, Math.floor(CELLS / width));
      for (let first = 0; first < n_rows; first += step) {
        const n = Math.min(step, n_rows - first);
        const labels = target === undefined ? y : y.subarray(first, first + n);
        this.#instance.fill(first, n, rows.subarray(first * width, (first + n) * width), labels);
        await this.#turns.turn(call);
      }
      const columns = features.map((j, k): Column => {
        const name = (this.#facts.columns[j] as TableColumn).name;
        const known = categories[k] ?? null;
        return { name, kind: known ? 'category' : 'number', categories: known };
      });
      const dropped = this.#facts.n_rows - n_rows;
      const said = dropped > 0 ? [`${dropped} rows with gaps are left out.`] : [];
      return { rows, n_rows, y, columns, class_names, notes: [...notes, ...said] };
    });
  }

  /** Columns by their numbers. */
  #wanted({ target, features }: DatasetSpec, like: LikeModel | null): Wanted {
    const { columns } = this.#facts;
    const goal = target === undefined ? undefined : this.#column('target', target);
    if (goal === undefined && !like) {
      throw new BreakevenError(
        'invalid_param',
        'options.target is missing: name the column of labels.',
        'options.target',
      );
    }
    if (like) {
      const known = new Set(columns.map(({ name }) => name));
      const missing = like.columns.filter(({ name }) => !known.has(name));
      if (missing.length > 0) {
        const names = missing.slice(0, 10).map(({ name }) => `'${shortened(name)}'`);
        const more = missing.length > 10 ? ` and ${missing.length - 10} more` : '';
        const has = missing.length === 1 ? 'the column' : 'the columns';
        const told = `The table lacks ${has} ${names.join(', ')}${more} that the model learnt from: it has ${this.#names()}.`;
        throw new BreakevenError('bad_table', told, 'options.like');
      }
      return { target: goal, features: like.columns.map(({ name }) => this.#column('like', name)), notes: [] };
    }
    if (features) {
      const chosen = features.map((feature, i) => this.#column(`features[${i}]`, feature));
      const seen = new Set<number>();
      const twice = chosen.findIndex((j) => j === goal || seen.size === seen.add(j).size);
      if (twice >= 0) {
        const what = chosen[twice] === goal ? 'the target' : 'a feature already';
        const told = `options.features[${twice}]: column '${shortened(columns[chosen[twice] as number]?.name ?? '')}' is ${what}.`;
        throw new BreakevenError('invalid_param', told, `options.features[${twice}]`);
      }
      return { target: goal, features: chosen, notes: [] };
    }
    const others = columns.map((_, j) => j).filter((j) => j !== goal);
    const left = others.filter((j) => columns[j]?.counter || columns[j]?.too_many);
    const notes = left.slice(0, TOLD).map((j) => {
      const { name = '', counter } = columns[j] ?? {};
      const why = counter ? 'it only counts rows' : 'it has too many different texts';
      return `Column '${shortened(name)}' is left out: ${why}.`;
    });
    if (left.length > TOLD) notes.push(`So are ${left.length - TOLD} more columns.`);
    const out = new Set(left);
    return { target: goal, features: others.filter((j) => !out.has(j)), notes };
  }

  #column(where: string, wanted: string | number): number {
    const { columns } = this.#facts;
    const setting = `options.${where}`;
    if (typeof wanted === 'number') {
      if (Number.isInteger(wanted) && wanted >= 0 && wanted < columns.length) return wanted;
      const told = `${setting} = ${wanted} is not possible: it must be a column's name, or its number from 0 to ${columns.length - 1}.`;
      throw new BreakevenError('invalid_param', told, setting);
    }
    this.#places ??= new Map([...columns.entries()].reverse().map(([j, { name }]) => [name, j]));
    const found = this.#places.get(wanted) ?? -1;
    if (found >= 0) return found;
    const number =
      /^\d+$/.test(wanted) && Number(wanted) < columns.length
        ? ` By its number it is ${Number(wanted)}, without quotes.`
        : '';
    const told = `There is no column '${shortened(wanted)}': the table has ${this.#names()}.${number}`;
    throw new BreakevenError('invalid_param', told, setting);
  }

  #names(): string {
    const { columns } = this.#facts;
    const names = columns.slice(0, 20).map(({ name }) => shortened(name));
    return names.join(', ') + (columns.length > 20 ? ', …' : '');
  }

  /** The table as it is written, each row with its label's name and its shares; all of them in order. */
  written(
    call: Call,
    added: string[],
    names: string[],
    labels: Uint32Array,
    shares: Float64Array | null,
  ): Promise<Blob> {
    return this.#alone(async () => {
      const parts: BlobPart[] = [this.#instance.write(words([...list(added), ...list(names)]))];
      const width = shares ? shares.length / labels.length : 0;
      let done = 0;
      const total = this.#source.size;
      await this.#pass(call, (chunk) => {
        const n = this.#instance.read('read_rows', chunk.bytes, chunk.last);
        const end = done + n;
        const part = shares?.subarray(done * width, end * width) ?? new Float64Array();
        if (n > 0) parts.push(this.#instance.written(labels.subarray(done, end), part));
        done = end;
        call.onProgress({ stage: 'write table', done: chunk.done, total });
        return false;
      });
      return new Blob(parts, { type: 'text/csv' });
    });
  }
}

/** What a table is refused for, with the argument at fault. */
function at(setting: string, error: unknown): unknown {
  const is_its = error instanceof BreakevenError && error.code === 'bad_table' && error.setting === undefined;
  return is_its ? new BreakevenError(error.code, error.message, setting) : error;
}

function shortened(name: string): string {
  const letters = [...name.slice(0, 100)];
  return letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : name;
}

function room<T>(Kind: new (length: number) => T, length: number): T {
  try {
    return new Kind(length);
  } catch {
    throw new BreakevenError('out_of_memory', `There is no memory for ${length} numbers: leave out rows or columns.`);
  }
}
