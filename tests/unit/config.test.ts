import { describe, expect, test } from 'vitest';
import { BreakevenError } from '../../www/api/error.js';
import type { Experiment } from '../../www/api/types.js';
import { settingOf } from '../../www/experiment/check.js';
import { complete } from '../../www/experiment/config.js';
import { PROPERTIES, pathOf } from '../../www/experiment/properties.js';
import { fromHash, hashOf, type Settings, toHash } from '../../www/experiment/url.js';

function refusal(experiment: unknown): BreakevenError {
  try {
    complete(experiment);
  } catch (error) {
    expect(error).toBeInstanceOf(BreakevenError);
    return error as BreakevenError;
  }
  throw new Error(`${JSON.stringify(experiment)} was accepted`);
}

test('an address of anything else is refused by its name', () => {
  for (const given of [undefined, null, 5, {}]) {
    expect(() => fromHash(given as unknown as string)).toThrow(/^hash = /);
    if (typeof given === 'number') expect(() => toHash(given as unknown as Settings)).toThrow(/^settings = 5/);
  }
  expect(toHash({} as Settings)).toBe('');
});

test('what no JSON can hold is refused by its name, too', () => {
  const ring: unknown[] = [];
  ring.push(ring);
  for (const value of [1n, Symbol('s'), ring, Object.create(null), new Map(), Array.from({ length: 3 }).concat(1)])
    for (const [experiment, setting] of [
      [{ data: { n_samples: value } }, 'data.n_samples'],
      [{ sweep: { batch_sizes: value } }, 'sweep.batch_sizes'],
      [{ data: { weights: value } }, 'data.weights'],
    ] as const)
      expect(refusal(experiment)).toMatchObject({ code: 'invalid_param', setting });
  for (const value of [new Map(), new Date(), new Uint8Array(2)]) expect(refusal(value).setting).toBe('experiment');
  const getter = Object.defineProperty({}, 'data', { get: () => JSON.parse('no JSON'), enumerable: true });
  expect(refusal(getter)).toMatchObject({ code: 'invalid_param', setting: 'experiment' });
});

test('a list with holes holds nothing there', () => {
  const holes: unknown[] = ['serial'];
  holes[2] = 'threads';
  expect(refusal({ sweep: { strategies: holes } }).setting).toBe('sweep.strategies');
  const weights: unknown[] = [0.5];
  weights.length = 2;
  expect(refusal({ data: { weights } }).setting).toBe('data.weights');
  const names: unknown[] = [];
  names.length = 2 ** 32 - 1;
  expect(refusal({ classifiers: names }).setting).toBe('classifiers');
});

test('a value within value, as large as a page, is given up', () => {
  const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x${i}`, i as unknown]));
  for (const name of Object.keys(wide)) wide[name] = { ...wide };
  const begun = performance.now();
  expect(refusal({ data: wide }).setting).toBe('experiment');
  expect(performance.now() - begun).toBeLessThan(2000);
});

test('an address keeps infinity, and is made of nothing that it could not be read from', () => {
  const of = (C: number): Experiment => ({
    classifiers: { a: { estimator: 'SVC', params: { C }, param_grid: { C: [C] } } },
  });
  expect(fromHash(toHash({ experiment: of(Number.POSITIVE_INFINITY), tier: 'auto' })).experiment).toEqual({
    classifiers: { a: { estimator: 'SVC', params: { C: 'inf' }, param_grid: { C: ['inf'] } } },
  });
  for (const [settings, setting] of [
    [{ experiment: of(Number.NEGATIVE_INFINITY), tier: 'auto' }, 'classifiers.a.param_grid.C'],
    [{ experiment: { data: 5 }, tier: 'auto' }, 'data'],
    [{ experiment: { n_threads: JSON.parse('{"toString": 1}') }, tier: 'auto' }, 'n_threads'],
    [{ experiment: {}, tier: 'gpu' }, 'tier'],
  ] as const)
    expect(() => toHash(settings as Settings)).toThrow(expect.objectContaining({ code: 'invalid_param', setting }));
  // A form may have been left so: its address says what is there.
  expect(hashOf({ experiment: { data: 5 }, tier: 'auto' } as unknown as Settings)).toBe('');
  expect(hashOf({ experiment: { n_threads: { toString: 1 } }, tier: 'auto' } as unknown as Settings)).toMatch(
    /^n_threads=/,
  );
});

describe('complete', () => {
  test('settings may be lists of numbers, and infinity, which survives JSON by its word', () => {
    const classifiers = {
      NB: { estimator: 'GaussianNB' as const, params: { priors: [0.25, 0.75] }, param_grid: {} },
      LR: { estimator: 'LogisticRegression' as const, param_grid: { C: [1, Number.POSITIVE_INFINITY] } },
    };
    const { NB, LR } = complete({ classifiers }).classifiers;
    expect(NB?.params).toEqual({ priors: [0.25, 0.75] });
    expect(LR?.param_grid).toEqual({ C: [1, 'inf'] });
    const completed = { classifiers: { NB, LR } } as Experiment;
    expect(complete(JSON.parse(JSON.stringify(completed))).classifiers).toEqual({ NB, LR });
    const { message } = refusal({ classifiers: { NB: { estimator: 'GaussianNB', params: { priors: [1, 'x'] } } } });
    expect(message).toContain('use a list of numbers');
  });

  test('so may the values of a grid, and weights by class; JSON’s 1e999 is infinity', () => {
    const text = `{ "NB": { "estimator": "GaussianNB", "param_grid": { "priors": [[0.5, 0.5], null] } },
      "LR": { "estimator": "LogisticRegression", "params": { "class_weight": { "0": 1, "1": 60 }, "C": 1e999 },
              "param_grid": { "class_weight": [null, "balanced", { "1": 2.5 }], "C": [1, 1e999] } } }`;
    const { NB, LR } = complete({ classifiers: JSON.parse(text) }).classifiers;
    expect(NB?.param_grid).toEqual({ priors: [[0.5, 0.5], null] });
    expect(LR?.params).toEqual({ class_weight: { 0: 1, 1: 60 }, C: 'inf' });
    expect(LR?.param_grid).toEqual({ class_weight: [null, 'balanced', { 1: 2.5 }], C: [1, 'inf'] });
    const experiment = { classifiers: { NB, LR } } as Experiment;
    expect(fromHash(toHash({ experiment, tier: 'auto' })).experiment).toEqual(experiment);
    expect(complete(JSON.parse(JSON.stringify(experiment))).classifiers).toEqual({ NB, LR });
  });

  test.each([
    [{ class_weight: { 0: '1' } }, 'class_weight', 'numbers by name'],
    [{ class_weight: { 0: Number.POSITIVE_INFINITY } }, 'class_weight', 'numbers by name'],
    [{ class_weight: new Map([[0, 1]]) }, 'class_weight', 'an object'],
    [{ class_weight: { ['x'.repeat(101)]: 1 } }, 'class_weight', 'of 100 letters'],
    [{ class_weight: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, 1])) }, 'class_weight', '1000'],
    [{ criterion: 'x'.repeat(101) }, 'criterion', 'of at most 100 letters'],
    [{ 'a b': 1 }, 'a b', 'is not a setting'],
    [Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`a${i}`, 1])), '', 'at most 100 settings'],
  ])('what no report could hold is refused by name: %#', (params, name, allowed) => {
    for (const [spec, at] of [
      [{ params }, 'params'],
      [{ param_grid: Object.fromEntries(Object.entries(params).map(([key, one]) => [key, [one]])) }, 'param_grid'],
    ] as const) {
      const error = refusal({ classifiers: { a: { estimator: 'SVC', ...spec } } });
      expect(error.setting).toBe(`classifiers.a.${at}${name && '.'}${name}`);
      expect(error.message).toContain(allowed);
      expect(error.message.length).toBeLessThan(300);
    }
  });

  test('{} is the notebook', () => {
    const notebook = complete({}, { n_threads: 4 });
    expect(notebook.data).toMatchObject({ n_samples: 10_000, n_features: 10, n_informative: 2, n_redundant: 2 });
    expect(notebook.data).toMatchObject({ random_state: 0, flip_y: 0.01, class_sep: 1, weights: null, n_classes: 2 });
    expect(notebook.split).toEqual({ test_size: 0.2, random_state: 2020, stratify: false });
    expect(notebook.inference).toEqual({ n_samples: 20_000, random_state: 1 });
    expect(notebook.sweep).toEqual({
      models: ['NB', 'LR', 'SVC', 'RF'],
      strategies: ['serial', 'threads', 'workers', 'async'],
      batch_sizes: [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000],
      preset: 'thorough',
      pool: 'hot',
      budget_ms: 1000,
    });
    expect(notebook.n_threads).toBe(4);
    expect(Object.keys(notebook.classifiers)).toEqual(['NB', 'LR', 'SVC', 'RF']);
    expect(notebook.classifiers.LR?.param_grid).toEqual({
      penalty: ['l1', 'l2', 'elasticnet'],
      C: [0.001, 0.01, 0.1, 1, 10, 100, 1000],
    });
  });

  test('what is completed is complete: completing again changes nothing', () => {
    const once = complete({ data: { dataset: 'iris' }, sweep: { batch_sizes: [100, 10] } }, { n_threads: 2 });
    expect(complete(once)).toEqual(once);
    expect(complete(complete({}))).toEqual(complete({}));
  });

  test('a quick sweep is of the notebook’s sizes but the largest, unless sizes are given', () => {
    expect(complete({ sweep: { preset: 'quick' } }).sweep.batch_sizes).toEqual([10, 100, 1000, 10_000, 100_000, 1e6]);
    expect(complete({ sweep: { preset: 'quick', batch_sizes: [7] } }).sweep.batch_sizes).toEqual([7]);
  });

  test('two calls share nothing', () => {
    complete({}).sweep.batch_sizes.push(1);
    complete({}).sweep.models.push('other');
    expect(complete({}).sweep.batch_sizes).toHaveLength(7);
    expect(complete({}).sweep.models).toHaveLength(4);
  });

  test('the default of n_redundant is as much of 2 as there is room for', () => {
    expect(complete({ data: { n_features: 3 } }).data).toMatchObject({ n_redundant: 1 });
    expect(complete({ data: { n_features: 10, n_informative: 10 } }).data).toMatchObject({ n_redundant: 0 });
  });

  test('the sweep follows the classifiers', () => {
    const classifiers = {
      tree: { estimator: 'DecisionTreeClassifier', param_grid: { max_depth: [2, null] } },
    } as const;
    expect(complete({ classifiers }).sweep.models).toEqual(['tree']);
  });

  test.each([
    [null, 'experiment', 'an object'],
    [[], 'experiment', 'an object'],
    ['x', 'experiment', 'an object'],
    [{ dat: {} }, 'dat', 'data, split'],
    [{ data: { n_sample: 1 } }, 'data.n_sample', 'n_samples'],
    [{ data: 5 }, 'data', 'an object'],
    [{ data: { n_samples: -1 } }, 'data.n_samples', 'a whole number from 20'],
    [{ data: { n_samples: 1.5 } }, 'data.n_samples', 'a whole number'],
    [{ data: { n_samples: '10000' } }, 'data.n_samples', 'a whole number'],
    [{ data: { n_samples: 1_000_000, n_features: 1000 } }, 'data.n_samples', 'at most 50000'],
    [{ data: { n_features: 5, n_informative: 6 } }, 'data.n_informative', 'at most 5'],
    [{ data: { n_features: 5, n_informative: 4, n_redundant: 2 } }, 'data.n_redundant', 'at most 1'],
    [{ data: { n_classes: 3 } }, 'data.n_informative', 'at least 3'],
    [{ data: { weights: [2] } }, 'data.weights', 'shares'],
    [{ data: { flip_y: Number.NaN } }, 'data.flip_y', 'a number from 0 to 1'],
    [{ data: { random_state: 4_294_967_296 } }, 'data.random_state', '4294967295'],
    [{ data: { dataset: 'wine' } }, 'data.dataset', 'iris, breast_cancer, digits'],
    [{ data: { dataset: 'iris', n_samples: 5 } }, 'data.n_samples', 'dataset, standardise'],
    [{ data: { csv: ' ' } }, 'data.csv', 'a table as text'],
    [{ data: { csv: './wine.csv', target: 0 } }, 'data.csv', 'is "./wine.csv": use the table itself as text'],
    [{ data: { csv: 'a,b\n1,x', target: -1 } }, 'data.target', 'from 0 to 4294967295'],
    [{ data: { csv: 'a,b', n_samples: 5 } }, 'data.n_samples', 'csv, target, standardise'],
    [{ split: { test_size: 1 } }, 'split.test_size', 'a number from 0.01 to 0.99'],
    [{ sweep: { batch_sizes: [] } }, 'sweep.batch_sizes', 'a list'],
    [{ sweep: { batch_sizes: [10, 10] } }, 'sweep.batch_sizes', 'each value once'],
    [{ sweep: { batch_sizes: [1e8] } }, 'sweep.batch_sizes', '10000000'],
    [{ sweep: { strategies: ['fast'] } }, 'sweep.strategies', 'serial'],
    [{ sweep: { models: ['XGB'] } }, 'sweep.models', 'NB, LR, SVC, RF'],
    [{ sweep: { models: ['constructor'] } }, 'sweep.models', 'NB'],
    [{ sweep: { pool: 'warm' } }, 'sweep.pool', 'hot, parked'],
    [{ n_threads: 0 }, 'n_threads', 'from 1 to 256'],
    [{ classifiers: {} }, 'classifiers', '1 to 12'],
    [{ classifiers: { a: { estimator: 'XGB', param_grid: {} } } }, 'classifiers.a.estimator', 'GaussianNB'],
    [{ classifiers: { a: { estimator: 'SVC', param_grid: { C: 1 } } } }, 'classifiers.a.param_grid.C', 'a list'],
    [{ classifiers: { a: { estimator: 'SVC', param_grid: { C: [{}] } } } }, 'classifiers.a.param_grid.C', 'a number'],
    [{ classifiers: { a: { estimator: 'SVC', cv: 1 } } }, 'classifiers.a.cv', 'from 2'],
    [{ classifiers: { '<b>': { estimator: 'SVC' } } }, 'classifiers', 'letters'],
  ])('%j is refused by name', (experiment, setting, allowed) => {
    const error = refusal(experiment);
    expect(error.code).toBe('invalid_param');
    expect(settingOf(error.message)).toBe(setting);
    expect(error.message).toContain(allowed);
  });

  test('names of the prototype are unknown settings', () => {
    expect(refusal(JSON.parse('{"__proto__": {"x": 1}, "data": {"__proto__": 1}}')).code).toBe('invalid_param');
  });
});

describe('the hash', () => {
  const empty: Settings = { experiment: {}, tier: 'auto' };

  test('the notebook has none', () => {
    expect(toHash(empty)).toBe('');
    expect(fromHash('')).toEqual(empty);
    expect(fromHash('#')).toEqual(empty);
  });

  test('defaults are left out', () => {
    const experiment: Experiment = { data: { n_samples: 10_000, n_features: 20 }, split: { test_size: 0.2 } };
    expect(toHash({ experiment, tier: 'auto' })).toBe('data.n_features=20');
  });

  test('every setting, at a value that is not its default, comes back', () => {
    for (const property of PROPERTIES) {
      const value = otherThan(property);
      if (value === undefined) continue;
      const named = property.name === 'standardise' ? { dataset: 'digits' } : {};
      const bag = property.section === null ? {} : { [property.section]: { ...named, [property.name]: value } };
      const experiment = (property.section === null ? { [property.name]: value } : bag) as Experiment;
      const hash = toHash({ experiment, tier: 'workers' });
      expect(hash, pathOf(property)).toContain(pathOf(property));
      expect(fromHash(`#${hash}`)).toEqual({ experiment, tier: 'workers' });
    }
  });

  test('random experiments come back', () => {
    let seed = 1;
    const random = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    for (let round = 0; round < 200; round++) {
      const experiment: Experiment = {
        data: { n_samples: 21 + random(5000), n_features: 11 + random(30), random_state: 1 + random(1e9) },
        split: { test_size: (3 + random(40)) / 97, stratify: true },
        sweep: { batch_sizes: [1 + random(9), 10 + random(1000)], models: ['RF'] },
      };
      expect(fromHash(toHash({ experiment, tier: 'auto' }))).toEqual({ experiment, tier: 'auto' });
    }
  });

  test.each([
    ['n_threads=2&n_threads=3', "'n_threads' is set twice: use each setting once."],
    ['n_threads=2&n%5Fthreads=2', "'n_threads' is set twice"],
    ['tier=serial&tier=serial', "'tier' is set twice"],
    ['models=NB&classifiers=LR', "'classifiers' is set twice"],
    ['classifiers=NB,NB', '\'classifiers\' is "NB,NB": use each value once.'],
    ['classifiers=NB%20NB', '\'classifiers\' is "NB NB": use each value once.'],
  ])('%s is refused: what is there twice says two things', (hash, message) => {
    expect(() => fromHash(hash)).toThrow(message);
  });

  test('names of any length are said in few characters', () => {
    const long = 'x'.repeat(200_000);
    for (const hash of [long, `data.${long}`, `classifiers=${long}`, `%zz${long}`, `tier=${long}`]) {
      try {
        fromHash(hash);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(BreakevenError);
        expect((error as BreakevenError).message.length).toBeLessThan(200);
      }
    }
    expect(refusal({ [long]: 1 }).message.length).toBeLessThan(200);
    const spec = { estimator: 'SVC', param_grid: { [long]: 1 } };
    expect(refusal({ classifiers: { a: spec } }).message.length).toBeLessThan(200);
  });

  test('a table may have as many columns as readCsv reads, and lines that end in any way', () => {
    for (const csv of ['a,b\n1,x', 'a,b\r1,x', 'a,b\r\n1,x'])
      expect(complete({ data: { csv, target: 20_531 } }).data).toMatchObject({ csv, target: 20_531 });
  });

  test('classifiers go by name, or by their JSON', () => {
    const { classifiers } = fromHash('classifiers=NB,RF').experiment;
    expect(Object.keys(classifiers ?? {})).toEqual(['NB', 'RF']);
    const hashOf = (classifiers: Experiment['classifiers'] = {}) =>
      toHash({ experiment: { classifiers }, tier: 'auto' });
    for (const same of [classifiers, 'NB RF', ['NB', 'RF']]) expect(hashOf(same)).toBe('classifiers=NB,RF');
    // A report has each classifier's settings in another order.
    expect(hashOf(complete({ classifiers: 'LR RF' }).classifiers)).toBe('classifiers=LR,RF');
    expect(hashOf(complete({}).classifiers)).toBe('');
    expect(() => hashOf('XGB')).toThrow(/'classifiers' is "XGB"/);
    const mine: Experiment = {
      classifiers: { K: { estimator: 'KNeighborsClassifier', param_grid: { k: [1, 'a&b=#'] } } },
    };
    expect(fromHash(toHash({ experiment: mine, tier: 'auto' })).experiment).toEqual(mine);
  });

  test.each(['data.n_sample=1', 'x', 'tier=gpu', 'data.n_samples=', 'data.n_samples=1e99', 'data.shuffle=maybe'])(
    '%s is refused',
    (hash) => expect(() => fromHash(hash)).toThrow(BreakevenError),
  );

  test.each(['classifiers=XGB', 'classifiers={', 'data.n_samples=%', '__proto__=1', 'data.__proto__=1', 'tier=%zz'])(
    '%s is refused',
    (hash) => expect(() => fromHash(hash)).toThrow(BreakevenError),
  );
});

/** A valid value that is not the default, where one setting alone can have one. */
function otherThan(property: (typeof PROPERTIES)[number]): unknown {
  switch (property.kind) {
    case 'integer':
      if (property.name === 'n_clusters_per_class') return 1;
      if (property.name === 'n_classes') return undefined;
      return property.name === 'n_features' ? 33 : Math.max(property.min, (property.fallback ?? 0) + 1);
    case 'number':
      return property.name === 'scale' || property.name === 'shift' ? -2.5 : 0.375;
    case 'boolean':
      return !property.fallback;
    case 'choice':
      return property.choices.findLast((choice) => choice !== property.fallback);
    case 'words':
      return property.name === 'models' ? ['RF', 'NB'] : ['serial', 'auto'];
    case 'integers':
      return [7, 70];
  }
}
