/** Checks of what a caller gives: it passes, or the error names the argument and says what to give. */
import { BreakevenError, impossible } from './error.js';
import type { EstimatorSpec, GridSearchSpec } from './types.js';

const INT32 = 2 ** 31;

/** An object of options, of which all names are known. Left out it is empty. */
export function options<T extends object>(name: string, value: T | undefined, known: readonly string[]): T {
  if (value === undefined) return {} as T;
  if (!isObject(value)) throw refused(name, 'an object', value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const path = `${name}.${key}`;
      throw new BreakevenError('invalid_param', `${path} is not a setting: use ${known.join(', ')}.`, path);
    }
  }
  return plain(name, value) as T;
}

/** An object, whatever it holds. Left out it is empty. */
export function object<T extends object>(name: string, value: T | undefined): T {
  if (value !== undefined && !isObject(value)) throw refused(name, 'an object', value);
  return value ?? ({} as T);
}

/** How a call is cancelled and who hears of it; a signal of another frame is one, too. */
export function runOptions<T extends { signal?: AbortSignal | undefined }>(name: string, value: T | undefined): T {
  const run = object(name, value);
  for (const [key, part] of Object.entries(run)) {
    if (key === 'signal' && part !== undefined && typeof part?.addEventListener !== 'function')
      throw refused(`${name}.signal`, 'an AbortSignal', part);
    if (key.startsWith('on') && part !== undefined && typeof part !== 'function')
      throw refused(`${name}.${key}`, 'a function', part);
  }
  return run;
}

/** An object of options with at least the first so many of these names. */
export function settings<T extends object>(name: string, value: T, known: readonly string[], n_needed: number): T {
  if (!isObject(value)) throw refused(name, `an object with ${known.slice(0, n_needed).join(', ')}`, value);
  for (const key of known.slice(0, n_needed)) {
    if ((value as Record<string, unknown>)[key] === undefined) {
      throw new BreakevenError('invalid_param', `${name}.${key} is missing.`, `${name}.${key}`);
    }
  }
  return options(name, value, known);
}

/** Class labels: whole numbers as they are, never converted. */
export function labels(y: unknown, name = 'y'): Int32Array {
  if (y instanceof Int32Array) return y;
  if (!(Array.isArray(y) || (ArrayBuffer.isView(y) && !(y instanceof DataView)))) {
    throw refused(name, 'an Int32Array of class labels', y);
  }
  const list = y as ArrayLike<unknown>;
  const whole = new Int32Array(list.length);
  for (let i = 0; i < list.length; i++) {
    const label = list[i];
    if (typeof label !== 'number') {
      const how = typeof label === 'string' ? ': number the classes, as readCsv does' : '';
      throw refused(`${name}[${i}]`, `a whole number${how}`, label);
    }
    if (Number.isNaN(label)) throw new BreakevenError('non_finite', `Input ${name} contains NaN, in row ${i}.`, name);
    if (!Number.isInteger(label)) {
      throw new BreakevenError(
        'invalid_param',
        `Unknown label type: continuous. ${name}[${i}] is ${label}, but a classifier takes classes, which are whole numbers.`,
        name,
      );
    }
    if (label < -INT32 || label >= INT32) throw refused(`${name}[${i}]`, `from ${-INT32} to ${INT32 - 1}`, label);
    whole[i] = label;
  }
  return whole;
}

/** Settings of a search at most: what a report can hold, and a tab can work off. */
export const MAX_CANDIDATES = 500;

/** Settings that a grid, or a list of grids, spans; sizes and not values are looked at. */
export function candidates(grid: unknown): number {
  const grids = Array.isArray(grid) ? grid : [grid];
  const sizeOf = (one: unknown) =>
    Object.values(one ?? {}).reduce<number>((n, values) => n * (Array.isArray(values) ? values.length : 1), 1);
  return grids.reduce<number>((sum, one) => sum + sizeOf(one), 0);
}

const ESTIMATOR = ['estimator', 'params', 'backend'];

/** A model to fit. */
export function estimatorSpec(spec: EstimatorSpec): EstimatorSpec {
  const checked = settings('spec', spec, ESTIMATOR, 1);
  values('spec.params', checked.params);
  return checked;
}

/**
 * Values of settings that have no type of ours. Those of scikit-learn's that nothing is made of have their types all the
 * same: `get_params()` gives them.
 */
function values(name: string, params: Record<string, unknown> | null | undefined): void {
  const { n_jobs = null, verbose = 0 } = params ?? {};
  if (n_jobs !== null && !Number.isInteger(n_jobs)) throw refused(`${name}.n_jobs`, 'a whole number or null', n_jobs);
  if (typeof verbose !== 'boolean' && !(Number.isInteger(verbose) && (verbose as number) >= 0))
    throw refused(`${name}.verbose`, 'a whole number from 0, true or false', verbose);
  for (const [key, value] of Object.entries(params ?? {})) {
    const isList = ArrayBuffer.isView(value) || (Array.isArray(value) && value.every((one) => typeof one === 'number'));
    if (value !== null && !isList && !['number', 'string', 'boolean', 'undefined'].includes(typeof value))
      throw refused(`${name}.${key}`, 'a number, a word, true, false, null or a list of numbers', value);
  }
}

const SEARCH = ['estimator', 'param_grid', 'params', 'backend', 'cv', 'scoring'];

/** A search of at most so many settings. The engine's worker asks again: whoever frames it sends what they like. */
export function searchSpec(spec: GridSearchSpec): GridSearchSpec {
  const checked = settings('spec', spec, SEARCH, 2);
  const n = candidates(checked.param_grid);
  if (n > MAX_CANDIDATES)
    throw impossible('spec.param_grid', `a grid of ${n} settings`, `one of at most ${MAX_CANDIDATES}`);
  values('spec.params', checked.params);
  for (const grid of [checked.param_grid].flat()) {
    for (const [name, column] of Object.entries(grid ?? {}))
      for (const value of Array.isArray(column) ? column : []) values('spec.param_grid', { [name]: value });
  }
  return checked;
}

export function float64s(name: string, value: unknown): Float64Array {
  if (value instanceof Float64Array) return value;
  throw refused(name, 'a Float64Array', value);
}

export function count(name: string, value: unknown, least = 0): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 32) return value as number;
  throw refused(name, `a whole number from ${least} to ${2 ** 32 - 1}`, value);
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw refused(name, 'true or false', value);
}

/** Any number; which of them can be is for the engine to say. */
export function finite(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refused(name, 'a number', value);
}

export function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw refused(name, 'a text', value);
}

/** A file's bytes. */
export function bytes(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw refused(name, 'a Uint8Array or an ArrayBuffer', value);
}

export function refused(name: string, allowed: string, value: unknown): BreakevenError {
  return impossible(name, shown(value), allowed);
}

/** Short enough for a sentence. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 40);
  const { name } = value.constructor ?? {};
  return Array.isArray(value)
    ? `a list of ${value.length}`
    : name && name !== 'Object'
      ? `of type ${name}`
      : 'an object';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Deeper than any setting. */
const MAX_DEPTH = 6;

/** A copy that can be sent: a proxy's or a getter's values are read once. */
function plain(name: string, value: unknown, depth = 0): unknown {
  if (value === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof value)) return value;
  if (depth < MAX_DEPTH && Array.isArray(value)) return value.map((part, i) => plain(`${name}[${i}]`, part, depth + 1));
  if (depth < MAX_DEPTH && isObject(value) && !(Symbol.iterator in value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, plain(`${name}.${key}`, part, depth + 1)]),
    );
  }
  throw refused(name, 'made of numbers, texts, lists and plain objects', value);
}
