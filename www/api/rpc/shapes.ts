/** The shapes that arguments of a call may have. They say nothing of sense, which each method checks for itself. */

export interface Shape {
  /** As it ends the sentence "it must be …". */
  readonly wanted: string;
  fits(value: unknown): boolean;
}

const shape = (wanted: string, fits: (value: unknown) => boolean): Shape => ({ wanted, fits });

export const whole = shape('a whole number', Number.isSafeInteger);
/** As wasm has them: any other number would become one of these in silence. */
export const size = shape(
  `a whole number from 0 to ${2 ** 32 - 1}`,
  (value) => whole.fits(value) && (value as number) >= 0 && (value as number) < 2 ** 32,
);
export const number = shape('a number', (value) => typeof value === 'number');
/** A number between two others. */
export const from = (least: number, most: number, kind = number) =>
  shape(
    `${kind.wanted} from ${least} to ${most}`,
    (value) => kind.fits(value) && (value as number) >= least && (value as number) <= most,
  );
export const flag = shape('true or false', (value) => typeof value === 'boolean');
export const text = shape('a text', (value) => typeof value === 'string');
export const float64s = shape('a Float64Array', (value) => value instanceof Float64Array);
export const int32s = shape('an Int32Array', (value) => value instanceof Int32Array);
export const bytes = shape('a Uint8Array', (value) => value instanceof Uint8Array);

export const blob = shape('a Blob', (value) => value instanceof Blob);

/** An object of names and values, as JSON has them. */
export const record = shape(
  'an object of names and values',
  (value) => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype,
);
export const wholes = shape('a list of whole numbers', (value) => Array.isArray(value) && value.every(whole.fits));
/** Names of things that live in the worker. */
export const ids = shape(
  'an object of whole numbers',
  (value) => record.fits(value) && Object.values(value as object).every(whole.fits),
);

/** A list of such. */
export function listOf({ wanted, fits }: Shape): Shape {
  return shape(`a list, each entry ${wanted}`, (value) => Array.isArray(value) && value.every(fits));
}

export const texts = listOf(text);

/** One or the other. */
export function either(one: Shape, other: Shape): Shape {
  return shape(`${one.wanted}, or ${other.wanted}`, (value) => one.fits(value) || other.fits(value));
}

/** May be left out. */
export function optional({ wanted, fits }: Shape): Shape {
  return shape(`${wanted}, or left out`, (value) => value === undefined || fits(value));
}

export function oneOf(...words: string[]): Shape {
  return shape(`one of ${words.join(', ')}`, (value) => words.includes(value as string));
}

/** An object of these fields and no others. */
export function fields(of: Record<string, Shape>): Shape {
  const each = Object.entries(of);
  const wanted = `an object of ${each.map(([name, { wanted }]) => `${name} (${wanted})`).join(', ')}`;
  return shape(wanted, (value) => {
    if (!record.fits(value)) return false;
    const given = value as Record<string, unknown>;
    return (
      Object.keys(given).every((name) => Object.hasOwn(of, name)) && each.every(([name, s]) => s.fits(given[name]))
    );
  });
}
