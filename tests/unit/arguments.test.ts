/** What callers give: it passes as it is, or the error names the argument and says what to give. */
import { describe, expect, test } from 'vitest';
import {
  asJson,
  bytes,
  candidates,
  count,
  estimatorSpec,
  finite,
  flag,
  float64s,
  labels,
  object,
  options,
  refused,
  runOptions,
  schemaOf,
  searchSpec,
  settings,
  text,
} from '../../www/api/arguments.js';
import { impossible } from '../../www/api/error.js';
import { handle } from '../../www/api/handles.js';
import { checkTiers } from '../../www/api/tier.js';

function problemOf(call: () => unknown): { code?: string; setting?: string; message?: string } {
  try {
    call();
    return {};
  } catch (error) {
    return error as { code: string; setting: string; message: string };
  }
}

test('flags and numbers are no texts, lists or anything else', () => {
  expect([flag('a', true), flag('a', false), finite('a', 0.2)]).toEqual([true, false, 0.2]);
  for (const value of ['no', 0, Number.NaN, null, [true]])
    expect(problemOf(() => flag('params.stratify', value))).toMatchObject({ setting: 'params.stratify' });
  for (const value of ['0.2', [0.2], null, Number.NaN])
    expect(problemOf(() => finite('params.test_size', value))).toMatchObject({ setting: 'params.test_size' });
});

test.each([
  ['a word', 'all', 'spec.preprocess'],
  ['a list', [], 'spec.preprocess'],
  ['an unknown setting', { onehot: true }, 'spec.preprocess.onehot'],
  ['an unknown strategy', { impute: 'mode' }, 'spec.preprocess.impute'],
  ['a number for a flag', { scale: 1 }, 'spec.preprocess.scale'],
  ['no categories at all', { max_categories: 0 }, 'spec.preprocess.max_categories'],
  ['half a category', { max_categories: 2.5 }, 'spec.preprocess.max_categories'],
])('preprocess is refused: %s', (_, preprocess, setting) => {
  const spec = { estimator: 'GaussianNB', param_grid: {}, preprocess } as never;
  expect(problemOf(() => searchSpec(spec))).toMatchObject({ code: 'invalid_param', setting });
  const { param_grid: _grid, ...alone } = spec as { param_grid: unknown };
  expect(problemOf(() => estimatorSpec(alone as never))).toMatchObject({ code: 'invalid_param', setting });
});

test('preprocess passes as it is', () => {
  for (const preprocess of [
    {},
    { impute: null, scale: false },
    { impute: 'median', one_hot: true, max_categories: 3 },
  ]) {
    const spec = { estimator: 'GaussianNB', preprocess } as const;
    expect(estimatorSpec(spec as never)).toEqual(spec);
  }
});

test('columns are names with kinds, and categories that are texts', () => {
  const columns = [
    { name: 'age', kind: 'number' },
    { name: 'sex', kind: 'category', categories: ['f', 'm'] },
  ];
  const [age, sex] = columns;
  const read = schemaOf({ columns: columns as never });
  expect(read).toEqual({ columns: [{ ...age, categories: null }, sex], class_names: null });
  const wrong: [unknown, string][] = [
    [undefined, 'options'],
    [{}, 'options.columns'],
    [{ columns: 'age' }, 'options.columns'],
    [{ columns, names: [] }, 'options.names'],
    [{ columns: [age, { name: 'sex' }] }, 'options.columns[1].kind'],
    [{ columns: [{ ...age, name: 7 }] }, 'options.columns[0].name'],
    [{ columns: [{ ...age, kind: 'text' }] }, 'options.columns[0].kind'],
    [{ columns: [{ ...sex, categories: [0, 1] }] }, 'options.columns[0].categories'],
    [{ columns: [{ ...sex, codes: 2 }] }, 'options.columns[0].codes'],
    [{ columns, class_names: 'yes' }, 'options.class_names'],
  ];
  for (const [given, setting] of wrong)
    expect(
      problemOf(() => schemaOf(given as never)),
      setting,
    ).toMatchObject({ code: 'invalid_param', setting });
});

describe('a spec', () => {
  const fitted = (params: object) =>
    problemOf(() => estimatorSpec({ estimator: 'RandomForestClassifier', params } as never));
  const search = (params: object, param_grid: object) =>
    problemOf(() => searchSpec({ estimator: 'LogisticRegression', params, param_grid } as never));

  test.each([
    ['words by class', { 0: 'a', 1: 60 }],
    ['lists by class', { 0: [1] }],
    ['a list of words', ['a', 'b']],
  ])('refuses %s by the name of the setting', (_, class_weight) => {
    const setting = (place: string) => ({ code: 'invalid_param', setting: `spec.${place}.class_weight` });
    expect(fitted({ class_weight })).toMatchObject(setting('params'));
    expect(fitted({ class_weight }).message).toMatch(
      /^spec\.params\.class_weight = .* is not possible: it must be a number/,
    );
    expect(search({}, { class_weight: [null, class_weight] })).toMatchObject(setting('param_grid'));
  });

  test('may have weights by class, a list, and infinity', () => {
    const taken = { class_weight: { 0: 1, 1: 60 }, priors: [0.5, 0.5], C: Number.POSITIVE_INFINITY };
    expect(fitted(taken)).toEqual({});
    const lists = Object.fromEntries(Object.entries(taken).map(([name, value]) => [name, [value, null]]));
    expect(search(taken, lists)).toEqual({});
    const read = estimatorSpec({ estimator: 'LogisticRegression', params: taken });
    expect(read.params).toEqual(taken);
    // Numbers by name are for nothing else.
    expect(fitted({ C: { 0: 1 } })).toMatchObject({ setting: 'spec.params.C' });
  });

  test.each([
    ['n_jobs', [null, -1, 4], ['x', '4', 1.5, true, [1]]],
    ['verbose', [0, 3, true], ['x', -1, 0.5, null, [0]]],
  ])('has scikit-learn’s types for %s, of which nothing is made', (name, right, wrong) => {
    const setting = (place: string) => ({ code: 'invalid_param', setting: `spec.${place}.${name}` });
    for (const value of right)
      for (const problem of [fitted({ [name]: value }), search({ [name]: value }, {}), search({}, { [name]: [value] })])
        expect(problem).toEqual({});
    for (const value of wrong) {
      expect(fitted({ [name]: value })).toMatchObject(setting('params'));
      expect(search({ [name]: value }, {})).toMatchObject(setting('params'));
      expect(search({}, { [name]: [value] })).toMatchObject(setting('param_grid'));
      expect(search({}, [{ C: [1] }, { [name]: [value] }])).toMatchObject(setting('param_grid'));
    }
  });
});

describe('labels', () => {
  test('are taken as they are, from any array of whole numbers', () => {
    const y = Int32Array.of(3, -1);
    expect(labels(y)).toBe(y);
    for (const same of [[3, -1], Float64Array.of(3, -1), Int8Array.of(3, -1)]) expect(labels(same)).toEqual(y);
  });

  test.each<[string, unknown, string, RegExp]>([
    ['floats', Float64Array.of(17.92, 28.45), 'invalid_param', /Unknown label type: continuous\. y\[0\] is 17\.92/],
    ['NaN', [1, Number.NaN], 'non_finite', /Input y contains NaN, in row 1/],
    ['more than 32 bits', Uint32Array.of(2 ** 32 - 1), 'invalid_param', /y\[0\] = 4294967295 .* from -2147483648 to/],
    ['texts', ['a', 'b'], 'invalid_param', /y\[0\] = 'a' .* number the classes/],
    ['big integers', BigInt64Array.of(1n), 'invalid_param', /y\[0\] = 1n/],
    ['nothing', undefined, 'invalid_param', /y = undefined/],
    ['null', null, 'invalid_param', /y = null/],
    ['a text', 'abc', 'invalid_param', /y = 'abc'/],
  ])('of %s are refused', (_, y, code, message) => {
    const problem = problemOf(() => labels(y));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(message);
    expect(problem.setting).toMatch(/^y/);
  });
});

describe('settings', () => {
  test('are copied, out of a proxy too', () => {
    const params = { C: 1, class_weight: null, hidden: [1, { a: 2 }] };
    const spec = settings(
      'spec',
      new Proxy({ estimator: 'SVC', params: new Proxy(params, {}) }, {}),
      ['estimator', 'params'],
      1,
    );
    expect(structuredClone(spec)).toEqual({ estimator: 'SVC', params });
  });

  test.each<[string, unknown, string]>([
    ['unknown names', { estimator: 'SVC', parameters: {} }, 'spec.parameters'],
    ['missing ones', {}, 'spec.estimator'],
    ['functions', { estimator: 'SVC', params: { C: () => 1 } }, 'spec.params.C'],
    ['big integers', { estimator: 'SVC', params: { C: 1n } }, 'spec.params.C'],
    ['maps', { estimator: 'SVC', params: new Map() }, 'spec.params'],
    ['nothing', undefined, 'spec'],
    ['a list', [], 'spec'],
  ])('refuse %s by name', (_, spec, setting) => {
    const problem = problemOf(() => settings('spec', spec as { estimator: string }, ['estimator', 'params'], 1));
    expect(problem).toMatchObject({ code: 'invalid_param', setting });
  });

  test('that go in a circle end', () => {
    const spec: { estimator: unknown } = { estimator: null };
    spec.estimator = spec;
    expect(problemOf(() => settings('spec', spec, ['estimator'], 1))).toMatchObject({ code: 'invalid_param' });
  });

  test('left out are none', () => expect(options('options', undefined, ['header'])).toEqual({}));
});

describe('what is read from a caller', () => {
  const throwing = () => {
    throw new Error('hostile');
  };
  const { proxy: over, revoke } = Proxy.revocable({}, {});
  revoke();
  const named = (work: () => unknown, setting: string) =>
    expect(problemOf(work)).toMatchObject({ code: 'invalid_param', setting });

  test('may throw there: the argument is at fault', () => {
    const getter = Object.defineProperty({}, 'estimator', { get: throwing, enumerable: true });
    for (const bad of [getter, over, new Proxy({}, { ownKeys: throwing, get: throwing })]) {
      named(() => settings('spec', bad as { estimator: string }, ['estimator'], 1), 'spec');
      named(() => options('options', bad, ['estimator']), 'options');
      named(() => object('spec', bad), 'spec');
    }
    named(() => runOptions('run', over), 'run');
    named(() => float64s('data', over), 'data');
    named(() => labels(over), 'y');
    named(() => text('name', over), 'name');
  });

  test('is sent as its own fields, those that are undefined left out', () => {
    expect(options('options', { header: undefined, target: 1 }, ['header', 'target'])).toEqual({ target: 1 });
    expect(Object.keys(options('options', { header: undefined }, ['header']))).toEqual([]);
    named(() => settings('spec', Object.create({ estimator: 'SVC' }), ['estimator'], 1), 'spec.estimator');
  });

  test('may be of any length: nothing is made as long', () => {
    const long: unknown[] = [];
    long.length = 2 ** 32 - 1;
    named(() => labels(long), 'y[0]');
    long[0] = 1;
    named(() => labels(long), `y[${2 ** 32 - 2}]`);
    named(() => options('options', { weights: long }, ['weights']), 'options.weights');
  });

  test('has a name for its estimator', () => {
    for (const estimator of [{}, 5, ['SVC'], JSON.parse('{"toString": 1}')]) {
      named(() => estimatorSpec({ estimator } as never), 'spec.estimator');
      named(() => searchSpec({ estimator, param_grid: {} } as never), 'spec.estimator');
    }
  });

  test('are settings by name, and no list of what are no pairs, which ended the engine', () => {
    for (const params of [new Array(3), [[1]], 'abc', 5])
      named(() => estimatorSpec({ estimator: 'SVC', params } as never), 'spec.params');
    for (const param_grid of [new Array(3), [[1]], [[undefined]], 'abc', [null]])
      named(() => searchSpec({ estimator: 'SVC', param_grid } as never), 'spec.param_grid');
  });

  test('lies in a buffer that is here, and that nobody else writes to', () => {
    for (const [check, view] of [
      [(value: unknown) => float64s('data', value), new Float64Array(4)],
      [(value: unknown) => labels(value, 'data'), new Int32Array(4)],
      [(value: unknown) => bytes('data', value), new Uint8Array(4)],
    ] as const) {
      expect(check(view)).toBe(view);
      const shared = new (view.constructor as Float64ArrayConstructor)(new SharedArrayBuffer(32));
      expect((check(shared) as Float64Array).buffer).toBeInstanceOf(ArrayBuffer);
      expect(check(shared)).toEqual(shared);
      structuredClone(view.buffer, { transfer: [view.buffer] });
      named(() => check(view), 'data');
      named(() => check(new Proxy(shared, {})), 'data');
    }
    const buffer = new ArrayBuffer(4);
    expect(bytes('bytes', buffer)).toEqual(new Uint8Array(4));
    structuredClone(buffer, { transfer: [buffer] });
    named(() => bytes('bytes', buffer), 'bytes');
  });

  test('is said in few words, whatever it is', () => {
    for (const value of [over, Object.create(null), { toString: 1 }, Symbol('s'), 'x'.repeat(1e6), 5n]) {
      expect(impossible('x', value, 'a number').message.length).toBeLessThan(300);
      expect(refused('x', 'a number', value).message.length).toBeLessThan(300);
      expect(asJson(value).length).toBeLessThan(100);
    }
    const ring: unknown[] = [];
    ring.push(ring);
    expect(asJson(ring)).toBe('no JSON');
  });

  test('a signal is asked whether it is one', () => {
    for (const signal of [null, {}, over, { addEventListener: throwing }])
      named(() => runOptions('run', { signal: signal as AbortSignal }), 'run.signal');
    // A controller has one, though not as a field of its own.
    const controller = new AbortController();
    expect(runOptions('run', controller).signal).toBe(controller.signal);
  });
});

test('a tier that there is not is refused by the option that asks for it', () => {
  for (const option of ['tier', 'require'])
    expect(problemOf(() => checkTiers({ [option]: JSON.parse('{"toString": 1}') }))).toMatchObject({ setting: option });
});

test('numbers, bytes, rows', () => {
  expect(count('n_rows', 5)).toBe(5);
  for (const wrong of [-1, 1.5, 2 ** 32, '5', Number.NaN, null])
    expect(problemOf(() => count('n_rows', wrong))).toMatchObject({ code: 'invalid_param', setting: 'n_rows' });
  expect(bytes('bytes', new Uint8Array([1]).buffer)).toEqual(new Uint8Array([1]));
  expect(problemOf(() => bytes('bytes', null))).toMatchObject({ code: 'invalid_param', setting: 'bytes' });
  expect(problemOf(() => float64s('data', [1, 2]))).toMatchObject({ code: 'invalid_param', setting: 'data' });
  for (const wrong of [null, undefined, Float64Array.of(1), {}, 5])
    expect(problemOf(() => handle(wrong as object, 'matrix', 'X'))).toMatchObject({
      code: 'invalid_param',
      setting: 'X',
      message: expect.stringContaining('engine.matrix'),
    });
});

test('candidates are counted by the sizes of a grid, or of a list of grids', () => {
  expect(candidates({ C: [1, 2, 3], penalty: ['l1', 'l2'] })).toBe(6);
  expect(candidates([{ C: [1, 2] }, {}])).toBe(3);
});

describe('how a call runs', () => {
  test('a signal of any frame and a function pass as they are', () => {
    const run = { signal: new AbortController().signal, onProgress: () => {} };
    expect(runOptions('run', run)).toEqual(run);
    expect(runOptions('run', undefined)).toEqual({});
    const { signal } = run;
    const foreign = { aborted: false, addEventListener: signal.addEventListener } as unknown as AbortSignal;
    expect(runOptions('run', { signal: foreign }).signal).toBe(foreign);
  });

  test.each<[string, unknown, string]>([
    ['null', null, 'run = null'],
    ['a text', 'now', "run = 'now'"],
    ['a signal that is none', { signal: 'stop' }, "run.signal = 'stop'"],
    ['a null signal', { signal: null }, 'run.signal = null'],
    ['progress that nobody can call', { onProgress: 5 }, 'run.onProgress = 5'],
    [
      'a misspelt signal',
      { sinal: new AbortController().signal },
      'run.sinal is not a setting: use signal, onProgress',
    ],
  ])('%s is refused by name', (_, run, words) => {
    const problem = problemOf(() => runOptions('run', run as object));
    expect(problem.code).toBe('invalid_param');
    expect(problem.message).toContain(words);
  });

  test('what is no object is refused', () => {
    expect(problemOf(() => object('spec', null as never)).message).toContain('spec = null');
    expect(object('spec', undefined)).toEqual({});
  });
});
