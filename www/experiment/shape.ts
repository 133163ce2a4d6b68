/** Small readers of untrusted JSON: each gives the value in the shape it names, or throws. */
import { BreakevenError } from '../api/error.js';
import { quoted } from './check.js';

export type Reader<T> = (value: unknown, path: string) => T;

export function refuse(path: string, what: string): BreakevenError {
  // The whole of it has no name.
  const which = path === '' ? 'what was given' : quoted(path);
  return new BreakevenError('invalid_param', `These are no results of Breakeven: ${which} is not ${what}.`, path);
}

/** Finite, unless `orNaN`: JSON writes NaN as null. It reads 1e999 as infinity. */
export const number =
  (min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Reader<number> =>
  (value, path) => {
    if (Number.isFinite(value) && (value as number) >= min && (value as number) <= max) return value as number;
    throw refuse(path, 'a number that can be');
  };

export const orNaN =
  (read: Reader<number>): Reader<number> =>
  (value, path) =>
    value === null ? Number.NaN : read(value, path);

/** JSON writes infinity as null, too. */
export const orInfinite =
  (read: Reader<number>): Reader<number> =>
  (value, path) =>
    value === null ? Number.POSITIVE_INFINITY : read(value, path);

export const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value, path) =>
    value === null ? null : read(value, path);

export const optional =
  <T>(read: Reader<T>): Reader<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : read(value, path);

/** Without characters that steer a terminal or a text's direction; those that join letters, or keep them apart, stay. */
export const text =
  (max: number): Reader<string> =>
  (value, path) => {
    if (typeof value === 'string' && value.length <= max)
      return value.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu, '');
    throw refuse(path, `a text of at most ${max} characters`);
  };

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw refuse(path, 'true or false');
};

export const oneOf =
  <T extends string>(choices: readonly T[]): Reader<T> =>
  (value, path) => {
    if (choices.includes(value as T)) return value as T;
    throw refuse(path, `one of ${choices.join(', ')}`);
  };

export const list =
  <T>(read: Reader<T>, max: number): Reader<T[]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > max) throw refuse(path, `a list of at most ${max}`);
    return Array.from(value, (item, i) => read(item, `${path}[${i}]`));
  };

export const pair =
  <T>(read: Reader<T>): Reader<[T, T]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw refuse(path, 'a pair');
    return [read(value[0], path), read(value[1], path)];
  };

function bag(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refuse(path, 'an object');
}

/** By names that the sender chose. */
export const record =
  <T>(name: RegExp, read: Reader<T>, max: number): Reader<Record<string, T>> =>
  (value, path) => {
    const entries = Object.entries(bag(value, path));
    if (entries.length > max || entries.some(([key]) => !name.test(key)))
      throw refuse(path, `at most ${max} named values`);
    return Object.fromEntries(entries.map(([key, item]) => [key, read(item, `${path}.${key}`)]));
  };

/** Fields that are not named are left out. */
export const object =
  <T extends object>(readers: { [K in keyof T]-?: Reader<T[K]> }): Reader<T> =>
  (value, path) => {
    const given = bag(value, path);
    const read = Object.entries(readers) as [string, Reader<unknown>][];
    const pairs = read.map(([key, reader]) => [
      key,
      reader(Object.hasOwn(given, key) ? given[key] : undefined, path ? `${path}.${key}` : key),
    ]);
    return Object.fromEntries(pairs.filter(([, item]) => item !== undefined)) as T;
  };
