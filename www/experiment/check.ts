/** Checks of untrusted values (the URL, a config file, an attribute): pass, or say what to write instead. */
import { asJson } from '../api/arguments.js';
import { BreakevenError } from '../api/error.js';
import type { Property } from './properties.js';

export type Fields = Record<string, unknown>;

/** A setting's name as it is said: a link may hold one of any length. */
export function quoted(name: string): string {
  return `'${name.length > 80 ? `${name.slice(0, 40)}…` : name}'`;
}

/** The one shape of message: which setting, what was given, what is allowed. The setting comes first, in quotes. */
export function invalid(setting: string, value: unknown, allowed: string): BreakevenError {
  return new BreakevenError('invalid_param', `${quoted(setting)} is ${show(value)}: use ${allowed}.`, setting);
}

/** The setting a message of `invalid` is about, or null. */
export function settingOf(message: string): string | null {
  return /^'([^']+)' is /.exec(message)?.[1] ?? null;
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'number' ? String(value) : asJson(value);
}

/** Deeper than any setting, longer than any list, more than any experiment has: what is there is refused as it stands. */
const [MAX_DEPTH, MAX_ITEMS, MAX_PARTS] = [8, 10_000, 100_000];

/**
 * A copy of an experiment: a getter or a proxy is read once.
 *
 * Throws BreakevenError 'invalid_param' where it throws, or is as large as a page's window.
 */
export function readOnce(experiment: unknown): unknown {
  let n_parts = 0;
  const copy = (value: unknown, depth: number): unknown => {
    if (!isPlain(value) && !Array.isArray(value)) return value;
    if (depth === MAX_DEPTH || (Array.isArray(value) && value.length > MAX_ITEMS)) return value;
    const parts = Array.isArray(value) ? Array.from(value.entries()) : Object.entries(value);
    n_parts += parts.length;
    if (n_parts > MAX_PARTS) throw new Error('too many');
    if (Array.isArray(value)) return parts.map(([, part]) => copy(part, depth + 1));
    return Object.fromEntries(parts.map(([key, part]) => [key, copy(part, depth + 1)]));
  };
  try {
    return copy(experiment, 0);
  } catch {
    throw new BreakevenError('invalid_param', "'experiment' cannot be read: use plain values.", 'experiment');
  }
}

/** No list, and nothing that only seems empty: a Map, a date, an array of bytes. */
function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** A plain object whose fields are all known; undefined counts as {}. */
export function fields(value: unknown, setting: string, known: readonly string[] | null): Fields {
  if (value === undefined) return {};
  if (!isPlain(value)) throw invalid(setting, value, 'an object');
  for (const name of Object.keys(value)) {
    if (known !== null && !known.includes(name)) {
      const path = setting === 'experiment' ? name : `${setting}.${name}`;
      throw new BreakevenError('invalid_param', `${quoted(path)} is not a setting: use ${known.join(', ')}.`, path);
    }
  }
  return value as Fields;
}

/** The value of one setting, or its default where it is left out. */
export function checked(property: Property, given: unknown, path: string): unknown {
  if (given === undefined) return Array.isArray(property.fallback) ? [...property.fallback] : property.fallback;
  switch (property.kind) {
    case 'integer':
      return integer(given, path, property.min, property.max);
    case 'number':
      if (typeof given === 'number' && given >= property.min && given <= property.max) return given;
      throw invalid(path, given, `a number from ${property.min} to ${property.max}`);
    case 'boolean':
      if (typeof given === 'boolean') return given;
      throw invalid(path, given, 'true or false');
    case 'choice':
      return word(given, path, property.choices);
    case 'words': {
      const words = array(given, path, 1, 32).map((item) =>
        property.choices === null ? text(item, path) : word(item, path, property.choices),
      );
      return unique(words, given, path);
    }
    case 'integers': {
      const numbers = array(given, path, 1, 32).map((item) => integer(item, path, property.min, property.max));
      return unique(numbers, given, path).sort((a, b) => a - b);
    }
  }
}

export function integer(given: unknown, path: string, min: number, max: number): number {
  if (Number.isInteger(given) && (given as number) >= min && (given as number) <= max) return given as number;
  throw invalid(path, given, `a whole number from ${min} to ${max}`);
}

export function word<T extends string>(given: unknown, path: string, choices: readonly T[]): T {
  if (choices.includes(given as T)) return given as T;
  throw invalid(path, given, `one of ${choices.join(', ')}`);
}

export function array(given: unknown, path: string, min: number, max: number): unknown[] {
  // A list with holes has undefined there, which `map` and `every` would pass over.
  if (Array.isArray(given) && given.length >= min && given.length <= max) return Array.from(given);
  throw invalid(path, given, `a list of ${min} to ${max} values`);
}

function text(given: unknown, path: string): string {
  if (typeof given === 'string') return given;
  throw invalid(path, given, 'a list of names');
}

export function unique<T>(items: T[], given: unknown, path: string): T[] {
  if (new Set(items).size === items.length) return items;
  throw invalid(path, given, 'each value once');
}

/** JSON whose objects have their keys in one order, whoever wrote them down. */
export function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
