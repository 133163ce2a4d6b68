/** Checks of what a caller gives: it passes, or the error names the argument and says what to give. */
import { BreakevenError, impossible } from './error.js';
import type { DatasetSpec, Schema, TableOptions } from './protocol.js';
import type { Column, EstimatorSpec, GridSearchSpec, MakeClassification, Preprocess } from './types.js';

const INT32 = 2 ** 31;

/** What a caller gives may throw where it is read: a getter, a proxy. Then the argument is at fault. */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BreakevenError) throw error;
    throw new BreakevenError('invalid_param', `${name} cannot be read: give it plain values.`, name);
  }
}

/** An object of options, of which all names are known. Left out it is empty. */
export function options<T extends object>(
  name: string,
  value: T | undefined,
  known: readonly string[],
  copy = (value: T) => plain(name, value) as T,
): T {
  if (value === undefined) return {} as T;
  return reading(name, () => {
    if (!isObject(value)) throw refused(name, 'an object', value);
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) {
        const path = `${name}.${key.slice(0, 40)}`;
        throw new BreakevenError('invalid_param', `${path} is not a setting: use ${known.join(', ')}.`, path);
      }
    }
    return copy(value);
  });
}

/** An object, whatever it holds: a copy, so that all of it is read once. Left out it is empty. */
export function object<T extends object>(name: string, value: T | undefined): T {
  return reading(name, () => {
    if (value !== undefined && !isObject(value)) throw refused(name, 'an object', value);
    return { ...value } as T;
  });
}

/** What may be said of any call. */
const RUN = ['signal', 'onProgress'];

/**
 * How a call is cancelled and who hears of it; a signal of another frame is one, too. `more`: what else may be said; null
 * where somebody else looks at the names.
 */
export function runOptions<T extends { signal?: AbortSignal | undefined }>(
  name: string,
  value: T | undefined,
  more: readonly string[] | null = [],
): T {
  const run = more === null ? object(name, value) : options(name, value, [...RUN, ...more], (it) => object(name, it));
  // An AbortController does, too: its signal is none of its own fields.
  const signal = reading(name, () => value?.signal);
  if (signal !== undefined && !isSignal(signal)) throw refused(`${name}.signal`, 'an AbortSignal', signal);
  for (const [key, part] of Object.entries(run)) {
    if (key.startsWith('on') && part !== undefined && typeof part !== 'function')
      throw refused(`${name}.${key}`, 'a function', part);
  }
  return { ...run, ...(signal && { signal }) };
}

/** Of whatever frame; what only looks like one throws when it is asked. */
function isSignal(value: unknown): boolean {
  try {
    const { aborted, addEventListener } = value as AbortSignal;
    return typeof aborted === 'boolean' && typeof addEventListener === 'function';
  } catch {
    return false;
  }
}

/** An object of options with at least the first so many of these names. */
export function settings<T extends object>(name: string, value: T, known: readonly string[], n_needed: number): T {
  return reading(name, () => {
    if (!isObject(value)) throw refused(name, `an object with ${known.slice(0, n_needed).join(', ')}`, value);
    for (const key of known.slice(0, n_needed)) {
      if ((value as Record<string, unknown>)[key] === undefined) {
        throw new BreakevenError('invalid_param', `${name}.${key} is missing.`, `${name}.${key}`);
      }
    }
    const checked = options(name, value, known);
    // What it only inherits is not sent.
    for (const key of known.slice(0, n_needed)) {
      if (!Object.hasOwn(checked, key)) throw refused(`${name}.${key}`, 'a field of its own', undefined);
    }
    return checked;
  });
}

/** Class labels: whole numbers as they are, never converted. */
export function labels(y: unknown, name = 'y'): Int32Array {
  if (ArrayBuffer.isView(y) && y instanceof Int32Array) return attached(name, y);
  return reading(name, () => {
    if (Array.isArray(y) || (ArrayBuffer.isView(y) && !(y instanceof DataView)))
      return wholes(y as ArrayLike<unknown>, name);
    throw refused(name, 'an Int32Array of class labels', y);
  });
}

function wholes(list: ArrayLike<unknown>, name: string): Int32Array {
  // Before there is memory for all: a list of any length may hold nothing.
  for (const i of list.length > 0 ? [0, list.length - 1] : []) label(list[i], `${name}[${i}]`, name, i);
  const whole = new Int32Array(list.length);
  for (let i = 0; i < whole.length; i++) whole[i] = label(list[i], `${name}[${i}]`, name, i);
  return whole;
}

function label(value: unknown, place: string, name: string, row: number): number {
  if (typeof value !== 'number') {
    const how = typeof value === 'string' ? ': number the classes, as readCsv does' : '';
    throw refused(place, `a whole number${how}`, value);
  }
  if (Number.isNaN(value)) throw new BreakevenError('non_finite', `Input ${name} contains NaN, in row ${row}.`, name);
  if (!Number.isInteger(value)) {
    throw new BreakevenError(
      'invalid_param',
      `Unknown label type: continuous. ${place} is ${value}, but a classifier takes classes, which are whole numbers.`,
      name,
    );
  }
  if (value < -INT32 || value >= INT32) throw refused(place, `from ${-INT32} to ${INT32 - 1}`, value);
  return value;
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

type Check = (name: string, value: unknown) => unknown;

/** A number, or a list of such. */
const numbers: Check = (name, value) => {
  if (!Array.isArray(value)) return finite(name, value);
  for (const [i, one] of value.entries()) finite(`${name}[${i}]`, one);
};

/** What data are made of, those first that must be said. */
const MADE: Record<keyof MakeClassification, Check> = {
  ...{ n_samples: count, n_features: count, n_informative: count, n_redundant: count, n_repeated: count },
  ...{ n_classes: count, n_clusters_per_class: count, weights: numbers, flip_y: finite, class_sep: finite },
  ...{ hypercube: flag, shift: numbers, scale: numbers, shuffle: flag, random_state: count },
};

/** Data to make. */
export function madeSpec(params: MakeClassification): MakeClassification {
  const checked = settings('params', params, Object.keys(MADE), 2);
  return known('params', checked, MADE);
}

/** Settings of these types, where they are said at all. */
function known<T extends object>(name: string, given: T, checks: Partial<Record<keyof T, Check>>): T {
  for (const [key, check] of Object.entries(checks) as [keyof T & string, Check][]) {
    if (given[key] !== undefined && given[key] !== null) check(`${name}.${key}`, given[key]);
  }
  return given;
}

/** How a table is read. */
export function csvOptions<T extends object>(given: T): T {
  const target: Check = (name, value) => (typeof value === 'string' ? value : count(name, value));
  const checks = { target, header: flag, delimiter: text, standardise: flag };
  return known('options', options('options', given, Object.keys(checks)), checks as Partial<Record<keyof T, Check>>);
}

/** A column of a table: its name, or its number from 0. */
const column: Check = (name, value) => (typeof value === 'string' ? value : count(name, value));
const isTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === 'string');

/** How a table is read. */
export function tableOptions(given: TableOptions): TableOptions {
  const missing_values: Check = (name, value) => {
    if (!isTexts(value)) throw refused(name, 'a list of texts', value);
  };
  const checks = { header: flag, delimiter: text, decimal: text, encoding: text, missing_values };
  return known('options', options('options', given, Object.keys(checks)), checks);
}

/** What is wanted of a table. */
export function datasetSpec(given: DatasetSpec): DatasetSpec {
  const features: Check = (name, value) => {
    if (!Array.isArray(value)) throw refused(name, "a list of columns' names or numbers", value);
    for (const [i, one] of value.entries()) column(`${name}[${i}]`, one);
  };
  const drop_missing: Check = (name, value) => {
    if (typeof value !== 'boolean' && value !== 'target') throw refused(name, "true, false or 'target'", value);
  };
  const checks = { target: column, features, drop_missing };
  return known('options', options('options', given, Object.keys(checks)), checks);
}

const COLUMN = ['name', 'kind', 'categories'];

/** What the columns of a matrix are. Whether it is of that matrix, and what its names are, is for the engine to say. */
export function schemaOf(given: { columns: readonly Column[]; class_names?: readonly string[] | null }): Schema {
  const { columns, class_names } = settings('options', given, ['columns', 'class_names'], 1);
  if (!Array.isArray(columns)) throw refused('options.columns', 'a list, an entry a column', columns);
  const checked = (columns as Column[]).map((column, i): Column => {
    const path = `options.columns[${i}]`;
    const { name, kind, categories = null } = settings(path, column, COLUMN, 2);
    text(`${path}.name`, name);
    if (kind !== 'number' && kind !== 'category') throw refused(`${path}.kind`, "'number' or 'category'", kind);
    return { name, kind, categories: names(`${path}.categories`, categories) };
  });
  return { columns: checked, class_names: names('options.class_names', class_names) };
}

function names(path: string, list: readonly string[] | null | undefined): string[] | null {
  if (list === undefined || list === null) return null;
  if (!Array.isArray(list) || !list.every((name) => typeof name === 'string'))
    throw refused(path, 'a list of texts, or null', list);
  return list;
}

const backend: Check = (name, value) => {
  if (value !== 'breakeven' && value !== 'smartcore') throw refused(name, "'breakeven' or 'smartcore'", value);
};

/** How rows are prepared; which of these go together is for the engine to say. */
const PREPROCESS: Record<keyof Preprocess, Check> = {
  impute: (name, value) => {
    if (!['mean', 'median', 'most_frequent'].includes(value as string))
      throw refused(name, "'mean', 'median', 'most_frequent' or null", value);
  },
  one_hot: flag,
  max_categories: (name, value) => count(name, value, 1),
  scale: flag,
};
const preprocess: Check = (name, value) => {
  known(name, options(name, value as Preprocess, Object.keys(PREPROCESS)), PREPROCESS);
};

const ESTIMATOR = ['estimator', 'params', 'backend', 'preprocess'];

/** A model to fit. */
export function estimatorSpec(spec: EstimatorSpec): EstimatorSpec {
  const checked = settings('spec', spec, ESTIMATOR, 1);
  text('spec.estimator', checked.estimator);
  values('spec.params', checked.params);
  return known('spec', checked, { backend, preprocess });
}

/**
 * Values of settings that have no type of ours. Those of scikit-learn's that nothing is made of have their types all the
 * same: `get_params()` gives them.
 */
function values(name: string, params: Record<string, unknown> | null | undefined): void {
  // A list of what are no pairs would end the engine, which reads pairs as settings, too.
  if (params !== undefined && params !== null && !isObject(params))
    throw refused(name, 'an object of settings', params);
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

const SEARCH = ['estimator', 'param_grid', 'params', 'backend', 'cv', 'scoring', 'preprocess'];

/** A search of at most so many settings. The engine's worker asks again: whoever frames it sends what they like. */
export function searchSpec(spec: GridSearchSpec): GridSearchSpec {
  const checked = settings('spec', spec, SEARCH, 2);
  text('spec.estimator', checked.estimator);
  const n = candidates(checked.param_grid);
  if (n > MAX_CANDIDATES)
    throw impossible('spec.param_grid', `a grid of ${n} settings`, `one of at most ${MAX_CANDIDATES}`);
  values('spec.params', checked.params);
  for (const grid of [checked.param_grid].flat()) {
    if (!isObject(grid)) throw refused('spec.param_grid', 'an object of lists, or a list of such', grid);
    for (const [name, column] of Object.entries(grid ?? {})) {
      if (!Array.isArray(column)) throw refused(`spec.param_grid.${name}`, 'a list of values', column);
      for (const value of column) values('spec.param_grid', { [name]: value });
    }
  }
  return known('spec', checked, { backend, cv: count, scoring: text, preprocess });
}

export function float64s(name: string, value: unknown): Float64Array {
  if (ArrayBuffer.isView(value) && value instanceof Float64Array) return attached(name, value);
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
  if (ArrayBuffer.isView(value) && value instanceof Uint8Array) return attached(name, value);
  const isBuffer = reading(name, () => Object.prototype.toString.call(value) === '[object ArrayBuffer]');
  if (isBuffer && !isDetached(value as ArrayBuffer)) return new Uint8Array(value as ArrayBuffer);
  throw isBuffer ? moved(name) : refused(name, 'a Uint8Array or an ArrayBuffer', value);
}

/** Numbers that can be sent: such as are here still, and a copy of those that others may write to meanwhile. */
function attached<T extends Float64Array | Int32Array | Uint8Array>(name: string, value: T): T {
  if (isDetached(value.buffer)) throw moved(name);
  return value.buffer instanceof ArrayBuffer ? value : (value.slice() as T);
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function moved(name: string): BreakevenError {
  const message = `${name} is empty, for its buffer has been handed to somebody else: give a copy.`;
  return new BreakevenError('invalid_param', message, name);
}

export function refused(name: string, allowed: string, value: unknown): BreakevenError {
  return impossible(name, shown(value), allowed);
}

/** The beginning of a value's JSON; of what no JSON can hold, such as a list that holds itself, no more than that. */
export function asJson(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  try {
    const text = JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'string' || Array.isArray(part) ? part.slice(0, 60) : part,
    );
    const said = text ?? String(value);
    return said.length > 60 ? `${said.slice(0, 57)}…` : said;
  } catch {
    return 'no JSON';
  }
}

/** Short enough for a sentence. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 40);
  try {
    if (Array.isArray(value)) return `a list of ${value.length}`;
    const name = String(value.constructor.name).slice(0, 40);
    return name && name !== 'Object' ? `of type ${name}` : 'an object';
  } catch {
    // A proxy, or what is made by nothing.
    return 'an object';
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Deeper than any setting. */
const MAX_DEPTH = 6;
/** Longer than any setting: a list that holds nothing may be of any length. */
const MAX_ITEMS = 1_000_000;

/** A copy that can be sent: a proxy's or a getter's values are read once. */
function plain(name: string, value: unknown, depth = 0): unknown {
  if (value === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof value)) return value;
  if (depth < MAX_DEPTH && Array.isArray(value)) {
    if (value.length > MAX_ITEMS) throw refused(name, `a list of at most ${MAX_ITEMS}`, value);
    return Array.from(value, (part, i) => plain(`${name}[${i}]`, part, depth + 1));
  }
  if (depth < MAX_DEPTH && isObject(value) && !(Symbol.iterator in value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, part]) => part !== undefined)
        .map(([key, part]) => [key, plain(`${name}.${key}`, part, depth + 1)]),
    );
  }
  throw refused(name.slice(0, 200), 'made of numbers, texts, lists and plain objects', value);
}
