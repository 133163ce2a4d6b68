/**
 * smartcore, as one thread has it: an instance of its own, in memory of its own. Bundled into the glue, whose wasm calls
 * this (src/wasm/smartcore.rs), on every thread; the threads of the pool hear no messages, so all of it is synchronous.
 *
 * Numbers below 0 say that the instance has ended, by a panic or for want of memory; it is then given up, and the next one
 * begins afresh.
 */

/** engines/smartcore. */
interface Smartcore {
  readonly memory: WebAssembly.Memory;
  begin(): void;
  rows(n: number): number;
  codes(n: number): number;
  bytes(n: number): number;
  labels(n: number): number;
  shares(n: number): number;
  fit(n_bytes: number, n_cells: number, n_codes: number): number;
  hold(number: number, n_bytes: number): number;
  release(number: number): undefined;
  predict(number: number, n_cells: number, n_rows: number): number;
  predict_proba(number: number, n_cells: number, n: number): number;
}

/** Of the file that is built with this: the bundler writes it here. */
declare const SMARTCORE_CRC32: number;

const ENDED = -1;

let instance: Smartcore | null = null;
let words = '';

export const checksum = (): number => SMARTCORE_CRC32;

export const isBegun = (): boolean => instance !== null;

export const lastWords = (): string => words;

export function begin(file: Uint8Array): void {
  // Bytes in shared memory cannot be compiled.
  const module = new WebAssembly.Module(file.slice());
  const tell = (at: number, n: number) => {
    words = new TextDecoder().decode(new Uint8Array(fresh.memory.buffer, at, n));
  };
  const fresh = new WebAssembly.Instance(module, { breakeven: { tell } }).exports as unknown as Smartcore;
  fresh.begin();
  instance = fresh;
}

/** An address or a count; an address above 2 GiB is no negative number. */
function asked(ask: (of: Smartcore) => number | undefined): number {
  if (!instance) return ENDED;
  words = '';
  try {
    return (ask(instance) ?? 0) >>> 0;
  } catch (error) {
    instance = null;
    words ||= error instanceof Error ? error.message : String(error);
    return ENDED;
  }
}

export const rows = (n: number): number => asked((of) => of.rows(n));
export const codes = (n: number): number => asked((of) => of.codes(n));
export const bytes = (n: number): number => asked((of) => of.bytes(n));
export const labels = (n: number): number => asked((of) => of.labels(n));
export const shares = (n: number): number => asked((of) => of.shares(n));

export const fit = (n_bytes: number, n_cells: number, n_codes: number): number =>
  asked((of) => of.fit(n_bytes, n_cells, n_codes));
export const hold = (number: number, n_bytes: number): number => asked((of) => of.hold(number, n_bytes));
export const release = (number: number): number => asked((of) => of.release(number));
export const predict = (number: number, n_cells: number, n_rows: number): number =>
  asked((of) => of.predict(number, n_cells, n_rows));
export const predictProba = (number: number, n_cells: number, n: number): number =>
  asked((of) => of.predict_proba(number, n_cells, n));

/** Its memory, looked at anew each time: it may have grown. */
function memory(): ArrayBuffer {
  return instance?.memory.buffer as ArrayBuffer;
}

export function putRows(at: number, rows: Float64Array): void {
  new Float64Array(memory(), at, rows.length).set(rows);
}

export function putCodes(at: number, codes: Uint32Array): void {
  new Uint32Array(memory(), at, codes.length).set(codes);
}

export function putBytes(at: number, bytes: Uint8Array): void {
  new Uint8Array(memory(), at, bytes.length).set(bytes);
}

/** An answer lies where messages do. */
export function takeBytes(n: number): Uint8Array {
  return new Uint8Array(memory(), bytes(0), n);
}

export function takeLabels(at: number, labels: Int32Array): void {
  labels.set(new Int32Array(memory(), at, labels.length));
}

export function takeShares(at: number, shares: Float64Array): void {
  shares.set(new Float64Array(memory(), at, shares.length));
}
