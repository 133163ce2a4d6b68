/** What laws are tried on: experiments that can be, values that cannot, and wholes with a part of another kind. */
import fc from 'fast-check';
import type { Experiment, GridSearchSpec } from '../../../www/api/types.js';
import { ESTIMATORS } from '../../../www/experiment/classifiers.js';
import { DATASET, GENERATOR, OTHERS, PROPERTIES, type Property, pathOf } from '../../../www/experiment/properties.js';

/** Names that objects have of themselves. */
export const BORN = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length'];

/** Numbers at the edges of what numbers are taken for. */
const EDGES = [0, -0, -1, 0.5, 1e-320, 1e308, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e21];
export const NO_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** What JSON can hold, that which its text alone can say (`1e999`, `__proto__`) included. */
export const json: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, '', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, ...EDGES),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('inf', 'serial', 'NB', 'a,b\n1,x', '<b>', '\ud800', '\u202e', 'x'.repeat(500)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...BORN)), tie('value')), { maxLength: 4 })
      .map(record),
  ),
})).value;

/** What no JSON can hold, too. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  json,
  fc.constantFrom<unknown>(undefined, Number.NaN, Symbol('x'), 1n, new Date(0), new Map(), /x/, new Float64Array(2)),
  fc.anything({ withBigInt: true, withTypedArray: true, withMap: true, withNullPrototype: true, maxDepth: 2 }),
);

/** An object with these names of its own, `__proto__` too. */
export function record<T>(pairs: readonly (readonly [string, T])[]): Record<string, T> {
  const made: Record<string, T> = {};
  for (const [name, value] of pairs)
    Object.defineProperty(made, name, { value, enumerable: true, writable: true, configurable: true });
  return made;
}

/** Values that a setting takes. */
export function takenBy(property: Property): fc.Arbitrary<unknown> {
  switch (property.kind) {
    case 'integer':
      return fc.integer({ min: property.min, max: property.max });
    case 'number':
      return fc.double({ min: property.min, max: property.max, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...property.choices);
    case 'words':
      return fc.uniqueArray(fc.constantFrom(...(property.choices ?? ['NB'])), { minLength: 1, maxLength: 5 });
    case 'integers':
      return fc.uniqueArray(fc.integer({ min: property.min, max: property.max }), { minLength: 1, maxLength: 8 });
  }
}

/** Values that it does not take. */
export function refusedBy(property: Property): fc.Arbitrary<unknown> {
  const others: unknown[] = [null, {}, [], 'no', [null], [[1]], Number.NaN, ...NO_NUMBERS];
  if (property.kind === 'integer' || property.kind === 'number') {
    others.push(property.min - 1, property.max + 1, String(property.min), [property.min], true);
    if (property.kind === 'integer') others.push(property.min + 0.5);
  }
  if (property.kind === 'integers') others.push([property.min - 1], [property.max + 1], [1, 1], ['1'], [1.5]);
  if (property.kind === 'words') others.push([1], ['NB', 'NB']);
  return fc.constantFrom(...others);
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,23}$/);
const setting = fc.oneof(fc.stringMatching(/^[a-zA-Z_]\w{0,12}$/), fc.constantFrom(...BORN, 'C'));
const scalar = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom<unknown>(null, true, false, 'l1', 'a&b=#%', '\ud800', Number.POSITIVE_INFINITY),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const column = fc.array(scalar, { minLength: 1, maxLength: 3 });
const bag = <T>(values: fc.Arbitrary<T>) =>
  fc.uniqueArray(fc.tuple(setting, values), { maxLength: 3, selector: ([key]) => key }).map(record);
const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 3 });

const spec = fc.record(
  {
    estimator: fc.constantFrom(...ESTIMATORS),
    param_grid: fc.oneof(bag(column), fc.array(bag(column), { minLength: 1, maxLength: 3 })),
    params: bag(fc.oneof(scalar, numbers)),
    backend: fc.constantFrom('breakeven', 'smartcore'),
    cv: fc.integer({ min: 2, max: 100 }),
    scoring: fc.constantFrom('accuracy', 'balanced_accuracy', 'f1_macro', 'roc_auc', 'neg_log_loss'),
  },
  { requiredKeys: ['estimator', 'param_grid'] },
) as fc.Arbitrary<GridSearchSpec>;

const classifiers = fc.oneof(
  fc.constantFrom<Experiment['classifiers']>('NB RF', ['LR', 'NB'], 'NB,LR,SVC,RF', ['RF']),
  fc
    .uniqueArray(fc.tuple(name, spec), { minLength: 1, maxLength: 3, selector: ([key]) => key })
    .map((pairs) => record(pairs)),
);

const section = (of: string | null, table: readonly Property[]) =>
  fc.record(Object.fromEntries(table.filter((p) => p.section === of).map((p) => [p.name, takenBy(p)])), {
    requiredKeys: [],
  });

/** How many features of which kind there are goes together: all of it is said, or nothing. */
const shape = fc
  .record({
    n_informative: fc.integer({ min: 1, max: 40 }),
    rest: fc.array(fc.nat({ max: 20 }), { minLength: 3, maxLength: 3 }),
  })
  .chain(({ n_informative, rest: [n_redundant = 0, n_repeated = 0, n_others = 0] }) => {
    const n_corners = 2 ** Math.min(6, n_informative);
    return fc.integer({ min: 2, max: n_corners }).map((n_classes) => ({
      ...{ n_informative, n_redundant, n_repeated, n_classes },
      n_features: n_informative + n_redundant + n_repeated + n_others,
      n_clusters_per_class: Math.floor(n_corners / n_classes),
    }));
  });
const SHAPE = ['n_informative', 'n_redundant', 'n_repeated', 'n_features', 'n_classes', 'n_clusters_per_class'];
const rest = section(
  'data',
  GENERATOR.filter(({ name }) => !SHAPE.includes(name)),
);
const generated = fc.oneof(
  rest,
  fc.tuple(rest, shape).map(([data, shape]) => {
    const most = Math.floor(50_000_000 / shape.n_features);
    const { n_samples } = data;
    return { ...data, ...shape, ...(n_samples !== undefined && { n_samples: Math.min(most, n_samples as number) }) };
  }),
);
const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 2 });
const data = fc.oneof(
  generated,
  fc.tuple(rest, weights).map(([rest, weights]) => ({ ...rest, weights })),
  section('data', DATASET).map((data) => ({ dataset: 'iris', ...data })),
);

/** Those that a link can hold: any but with a table of one's own. */
export const experiment: fc.Arbitrary<Experiment> = fc
  .record(
    { data, split: section('split', OTHERS), inference: section('inference', OTHERS), classifiers },
    { requiredKeys: [] },
  )
  .chain((rest) => {
    const known = rest.classifiers === undefined ? ['NB', 'LR', 'SVC', 'RF'] : namesOf(rest.classifiers);
    const models = fc.subarray(known, { minLength: 1 });
    const sweep = section('sweep', OTHERS);
    return fc
      .record(
        {
          sweep: fc.tuple(sweep, models).map(([sweep, models]) => ('models' in sweep ? { ...sweep, models } : sweep)),
          n_threads: fc.integer({ min: 1, max: 256 }),
        },
        { requiredKeys: [] },
      )
      .map((more) => ({ ...rest, ...more }) as Experiment);
  });

function namesOf(given: NonNullable<Experiment['classifiers']>): string[] {
  if (typeof given === 'string') return given.split(/[\s,]+/);
  return Array.isArray(given) ? [...given] : Object.keys(given);
}

const cell = fc.oneof(fc.double({ noNaN: true }).map(String), fc.string({ maxLength: 6 }));
/** With a table of one's own. */
export const ownTable: fc.Arbitrary<Experiment> = fc
  .tuple(
    fc.array(
      fc.array(cell, { minLength: 2, maxLength: 4 }).map((cells) => cells.join()),
      { minLength: 2, maxLength: 5 },
    ),
    fc.record(
      { target: fc.oneof(fc.nat(), fc.string({ maxLength: 9 })), standardise: fc.boolean() },
      { requiredKeys: [] },
    ),
  )
  .map(([lines, how]) => ({ data: { csv: `a,b\n${lines.join('\n')}`, ...how } }));

/** A setting of the table, where it is, and a value that it refuses. */
export const wrongSetting = fc
  .constantFrom(...PROPERTIES)
  .chain((property) => refusedBy(property).map((value) => ({ path: pathOf(property), property, value })));

/** Where in a whole its parts are. */
function placesIn(value: unknown, at: readonly (string | number)[] = [], found: (string | number)[][] = []) {
  if (typeof value !== 'object' || value === null || found.length > 5000) return found;
  for (const [key, part] of Object.entries(value)) {
    found.push([...at, key]);
    placesIn(part, [...at, key], found);
  }
  return found;
}

/** The whole with some of its parts replaced, left out, or with names added. */
export function spoilt(whole: unknown, parts: fc.Arbitrary<unknown> = json): fc.Arbitrary<unknown> {
  const places = placesIn(whole);
  const change = fc.record({
    place: fc.nat({ max: places.length - 1 }),
    kind: fc.constantFrom('replace', 'replace', 'remove', 'add', 'scale'),
    part: parts,
    key: fc.constantFrom(...BORN, 'extra'),
    factor: fc.constantFrom(-1, 0, 1e300, 1e-300, 1.5, Number.POSITIVE_INFINITY),
  });
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const copy = structuredClone(whole);
    for (const { place, kind, part, key, factor } of changes) {
      const path = places[place] ?? [];
      const last = path.at(-1) as string;
      let at = copy as Record<string, unknown> | undefined;
      // Its own parts only: a part that has been removed may be one of all objects.
      for (const step of path.slice(0, -1)) at = at && Object.hasOwn(at, step) ? (at[step] as typeof at) : undefined;
      if (typeof at !== 'object' || at === null || ArrayBuffer.isView(at)) continue;
      // A list refuses a length that is none.
      const put = (name: string, value: unknown) =>
        !(Array.isArray(at) && name === 'length') &&
        Reflect.defineProperty(at as object, name, { value, enumerable: true, configurable: true, writable: true });
      const before = Object.hasOwn(at, last) ? at[last] : undefined;
      if (kind === 'remove') Reflect.deleteProperty(at, last);
      else if (kind === 'add' && !Array.isArray(at)) put(key, part);
      else put(last, kind === 'scale' && typeof before === 'number' ? before * factor : part);
    }
    return copy;
  });
}
