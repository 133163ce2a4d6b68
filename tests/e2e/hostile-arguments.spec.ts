/**
 * Every public call with what no caller should give: each settles in time, with a value or a BreakevenError that names
 * the argument, and the engine is as it was.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import type { Engine, Experiment, Measurement } from '../../www/breakeven.js';

const WWW = join(import.meta.dirname, '../../www');

/** The calls of an interface of the contract, and what the library exports beside it. */
function callsOf(name: string): string[] {
  const body = new RegExp(`^export interface ${name} \\{\\n([^]*?)^\\}`, 'm').exec(
    readFileSync(join(WWW, 'api/types.ts'), 'utf8'),
  )?.[1];
  return [...(body ?? '').matchAll(/^ {2}(\w+)\(/gm)].map(([, call]) => `${name}.${call}`);
}

function exported(): string[] {
  const lines = readFileSync(join(WWW, 'breakeven.ts'), 'utf8').matchAll(/^export \{ (.+) \} from/gm);
  const names = [...lines].flatMap(([, names = '']) => names.split(', '));
  // Types are no calls, nor is an error that is made.
  return names.filter((name) => !name.startsWith('type ') && name !== 'BreakevenError');
}

/** In the page. Answers what was not as it should be, which calls were made, and how many. */
async function attack(
  tier: 'threads' | 'serial',
): Promise<{ faults: string[]; calls: string[]; n_made: number; n_refused: number }> {
  const api: typeof import('../../www/breakeven.js') = await import(new URL('/breakeven.js', location.href).href);
  const { load, runExperiment, complete, classificationReport, toHash, fromHash, BreakevenError } = api;
  const LIMIT_MS = 10_000;
  const start = { tier, n_threads: 2, timeout_ms: 5000 } as const;
  const engine = await load(start);
  const other = await load({ tier: 'serial' });
  const made = { n_samples: 60, n_features: 4, random_state: 1 };
  const { X, y } = await engine.makeClassification(made);
  const theirs = await other.makeClassification(made);
  const spec = { estimator: 'LogisticRegression', params: { C: 1, penalty: 'l2' } } as const;
  const model = await engine.fit(spec, X, y);
  const freed = { X: await engine.tile(X, 3), model: await engine.loadModel(await model.save()) };
  freed.X.free();
  freed.model.free();
  const theirModel = await other.fit(spec, theirs.X, theirs.y);
  const before = (await engine.predict(model, X)).y;
  const file = await model.save();
  const numbers = Float64Array.from({ length: 12 }, (_, i) => i);

  const throwing = () => {
    throw new Error('hostile');
  };
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const ring: unknown[] = [];
  ring.push(ring);
  const detached = <T extends ArrayBufferView>(view: T): T => {
    structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
    return view;
  };
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const traps = new Proxy(
    {},
    { get: throwing, ownKeys: throwing, getPrototypeOf: throwing, getOwnPropertyDescriptor: throwing, has: throwing },
  );
  const long: unknown[] = [];
  long.length = 2 ** 32 - 1;

  /** What stands in the place of what is `right`. */
  const hostile = (right: unknown): Record<string, () => unknown> => ({
    null: () => null,
    undefined: () => undefined,
    true: () => true,
    NaN: () => Number.NaN,
    Infinity: () => Number.POSITIVE_INFINITY,
    'minus one': () => -1,
    half: () => 0.5,
    huge: () => 1e300,
    '2^32': () => 2 ** 32,
    'a number as text': () => '5',
    'no text': () => '',
    'a long text': () => 'x'.repeat(100_000),
    'half a character': () => '\ud800',
    symbol: () => Symbol('s'),
    bigint: () => 5n,
    function: () => () => 1,
    class: () => class {},
    'no items': () => [],
    items: () => [1, 'x', null],
    'items that are none': () => long,
    'a hole': () => new Array(3),
    'a ring': () => ring,
    'no fields': () => ({}),
    'fields of another': () => ({ constructor: 1, toString: 2, __proto__x: 3 }),
    'a prototype in JSON': () => JSON.parse('{"__proto__": {"polluted": true}}'),
    cyclic: () => cyclic,
    'without prototype': () => Object.create(null),
    'a getter that throws': () => Object.defineProperty({}, 'estimator', { get: throwing, enumerable: true }),
    'what has no text': () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
    'what cannot be walked': () => ({ [Symbol.iterator]: throwing, length: 3 }),
    'a proxy that throws': () => traps,
    'a proxy that is over': revoked,
    'a proxy of what is right': () => (typeof right === 'object' && right !== null ? new Proxy(right, {}) : {}),
    'what inherits what is right': () => (typeof right === 'object' && right !== null ? Object.create(right) : {}),
    date: () => new Date(Number.NaN),
    map: () => new Map([['estimator', 'GaussianNB']]),
    promise: () => Promise.resolve(1),
    element: () => document.body,
    window: () => window,
    'detached doubles': () => detached(new Float64Array(12)),
    'detached labels': () => detached(new Int32Array(60)),
    'detached bytes': () => detached(new Uint8Array(20)),
    'a detached buffer': () => detached(new Uint8Array(20)).buffer,
    'shared doubles': () =>
      typeof SharedArrayBuffer === 'undefined' ? null : new Float64Array(new SharedArrayBuffer(96)),
    'shared bytes': () => (typeof SharedArrayBuffer === 'undefined' ? null : new Uint8Array(new SharedArrayBuffer(64))),
    'not numbers': () => new Float64Array(12).fill(Number.NaN),
    'large integers': () => new BigInt64Array(60),
    floats: () => new Float32Array(60).fill(0.5),
    'a view': () => new DataView(new ArrayBuffer(8)),
    'a matrix': () => X,
    'a model': () => model,
    'a freed matrix': () => freed.X,
    'a freed model': () => freed.model,
    "another's matrix": () => theirs.X,
    "another's model": () => theirModel,
    'what looks like a handle': () => ({ ...X, ...model }),
    'an engine': () => engine,
  });

  const table = await engine.readTable('a,b\n1,x\n2,y\n3,x\n4,y\n');
  const own = await engine.dataset(table, { target: 'b', features: ['a'] });
  const tableModel = await engine.fit({ estimator: 'GaussianNB' }, own.X, own.y);

  type Made = { run: (...args: never[]) => unknown; args: [string, unknown][]; slow?: boolean };
  const run = { signal: new AbortController().signal, onProgress: () => {} };
  const small = { strategies: ['serial', 'auto'], batch_sizes: [5], budget_ms: 4, min_rounds: 1, total_ms: 20 };
  const lined = (given: object = {}): Measurement =>
    engine.measurement({ models: { m: model }, X, repeat_rows: true, ...small, ...given } as never);
  const CALLS: Record<string, Made> = {
    load: {
      run: load as never,
      args: [['options', { ...start, spin_us: 1, require: 'serial', base_url: '/', frame: 'never' }]],
      slow: true,
    },
    classificationReport: {
      run: classificationReport as never,
      args: [
        ['confusion', Int32Array.of(3, 1, 2, 4)],
        ['classes', Int32Array.of(0, 1)],
      ],
    },
    complete: {
      run: complete as never,
      args: [
        [
          'experiment',
          {
            data: { n_samples: 50 },
            classifiers: { NB: { estimator: 'GaussianNB', param_grid: {} } },
            sweep: { batch_sizes: [5] },
          },
        ],
      ],
    },
    toHash: { run: toHash as never, args: [['settings', { experiment: { split: { test_size: 0.3 } }, tier: 'auto' }]] },
    fromHash: { run: fromHash as never, args: [['hash', 'data.n_samples=50']] },
    runExperiment: {
      run: ((engine: Engine, experiment: Experiment, options: object) =>
        // What stands for {} is the whole notebook: it begins, and is cancelled.
        runExperiment(engine, experiment, options === run ? { signal: AbortSignal.timeout(200) } : options)) as never,
      args: [
        ['engine', engine],
        [
          'experiment',
          {
            data: { n_samples: 50 },
            classifiers: 'NB',
            inference: { n_samples: 20 },
            sweep: { batch_sizes: [5], strategies: ['serial'], budget_ms: 10 },
          },
        ],
        ['run', run],
      ],
      slow: true,
    },
    'Engine.matrix': {
      run: engine.matrix.bind(engine) as never,
      args: [
        ['data', numbers],
        ['n_rows', 3],
        ['n_cols', 4],
        ['options', { columns: 'abcd'.split('').map((name) => ({ name, kind: 'number', categories: null })) }],
      ],
    },
    'Engine.makeClassification': {
      run: engine.makeClassification.bind(engine) as never,
      args: [
        ['params', { ...made, weights: [0.5], shift: 1, shuffle: true }],
        ['run', run],
      ],
    },
    'Engine.trainTestSplit': {
      run: engine.trainTestSplit.bind(engine) as never,
      args: [
        ['X', X],
        ['y', y],
        ['params', { test_size: 0.2, random_state: 1, stratify: true }],
        ['run', run],
      ],
    },
    'Engine.loadDataset': {
      run: engine.loadDataset.bind(engine) as never,
      args: [
        ['name', 'iris'],
        ['options', { standardise: true }],
      ],
    },
    'Engine.tile': {
      run: engine.tile.bind(engine) as never,
      args: [
        ['X', X],
        ['n_rows', 70],
        ['run', run],
      ],
    },
    'Engine.readCsv': {
      run: engine.readCsv.bind(engine) as never,
      args: [
        ['text', 'a,b\n1,x\n2,y\n'],
        ['options', { target: 'b', header: true, delimiter: ',', standardise: false }],
      ],
    },
    'Engine.readTable': {
      run: engine.readTable.bind(engine) as never,
      args: [
        ['source', 'a;b\n1;x\n2;y\n'],
        [
          'options',
          { ...run, header: true, delimiter: ';', decimal: '.', encoding: 'utf-8', missing_values: ['NA', 'gone'] },
        ],
      ],
    },
    'Engine.dataset': {
      run: engine.dataset.bind(engine) as never,
      args: [
        ['table', table],
        ['options', { ...run, target: 'b', features: ['a'], drop_missing: true, like: tableModel }],
      ],
    },
    'Engine.predictTable': {
      run: engine.predictTable.bind(engine) as never,
      args: [
        ['model', tableModel],
        ['table', table],
        ['options', { ...run, strategy: 'serial', n_threads: 1, n_slices: 2, threads_per_worker: 1 }],
      ],
    },
    'Table.rows': {
      run: table.rows as never,
      args: [
        ['from', 0],
        ['to', 2],
        ['run', run],
      ],
    },
    'Table.free': {
      run: (async (more: never) => (await engine.readTable('a\n1\n')).free(...([more] as unknown as []))) as never,
      args: [['nothing', undefined]],
    },
    'Engine.fit': {
      run: engine.fit.bind(engine) as never,
      args: [
        ['spec', { ...spec, backend: 'breakeven', preprocess: { impute: 'mean', one_hot: true, scale: true } }],
        ['X', X],
        ['y', y],
        ['run', run],
      ],
    },
    'Engine.gridSearchCV': {
      run: engine.gridSearchCV.bind(engine) as never,
      args: [
        ['spec', { ...spec, param_grid: { C: [1, 2] }, cv: 2, scoring: 'accuracy' }],
        ['X', X],
        ['y', y],
        ['run', run],
      ],
    },
    'Engine.loadModel': { run: engine.loadModel.bind(engine) as never, args: [['bytes', file]] },
    'Engine.predict': {
      run: engine.predict.bind(engine) as never,
      args: [
        ['model', model],
        ['X', X],
        ['options', { ...run, strategy: 'serial', n_threads: 1, n_slices: 2, threads_per_worker: 1 }],
      ],
    },
    'Engine.measure': {
      run: engine.measure.bind(engine) as never,
      args: [
        ['spec', { ...small, model, X, repeat_rows: true, pool: 'hot', n_threads: 2 }],
        ['options', { ...run, onReport: () => {} }],
      ],
      slow: true,
    },
    'Engine.measurement': {
      run: (async (given: never) => {
        const measurement = engine.measurement(given);
        try {
          return await measurement.go({ total_ms: 20 });
        } finally {
          measurement.free();
        }
      }) as never,
      args: [
        [
          'spec',
          { ...small, models: { m: model }, X, repeat_rows: true, random_state: 1, precision: 2, cutoff_rows: 5 },
        ],
      ],
      slow: true,
    },
    'Engine.dispose': {
      run: (async (more: never) => (await load({ tier: 'serial' })).dispose(...([more] as unknown as []))) as never,
      args: [['nothing', undefined]],
      slow: true,
    },
    'Matrix.toArray': { run: (...more: never[]) => X.toArray(...(more as [])), args: [['nothing', undefined]] },
    'Matrix.free': {
      run: (async (more: never) => (await engine.tile(X, 2)).free(...([more] as unknown as []))) as never,
      args: [['nothing', undefined]],
    },
    'Model.attributes': {
      run: (...more: never[]) => model.attributes(...(more as [])),
      args: [['nothing', undefined]],
    },
    'Model.predictProba': {
      run: model.predictProba as never,
      args: [
        ['X', X],
        ['run', run],
      ],
    },
    'Model.decisionFunction': {
      run: model.decisionFunction as never,
      args: [
        ['X', X],
        ['run', run],
      ],
    },
    'Model.score': {
      run: model.score as never,
      args: [
        ['X', X],
        ['y', y],
        ['run', run],
      ],
    },
    'Model.confusionMatrix': {
      run: model.confusionMatrix as never,
      args: [
        ['X', X],
        ['y', y],
        ['run', run],
      ],
    },
    'Model.save': { run: (...more: never[]) => model.save(...(more as [])), args: [['nothing', undefined]] },
    'Model.free': {
      run: (async (more: never) => (await engine.loadModel(file)).free(...([more] as unknown as []))) as never,
      args: [['nothing', undefined]],
    },
    'Measurement.go': {
      run: (async (options: never) => {
        const measurement = lined();
        try {
          return await measurement.go(options);
        } finally {
          measurement.free();
        }
      }) as never,
      args: [['options', { ...run, total_ms: 20, precision: 2, batch_sizes: [6], onReport: () => {} }]],
      slow: true,
    },
    'Measurement.free': {
      run: ((more: never) => lined().free(...([more] as unknown as []))) as never,
      args: [['nothing', undefined]],
    },
  };

  /** What is inside an argument is named, too: a strategy of a list, a setting of `params`, a table. */
  const INSIDE = ['strategy', '__proto__x', 'CSV'];
  const faults: string[] = [];
  let [n_made, n_refused] = [0, 0];
  const free = (thing: unknown) => {
    if (typeof thing !== 'object' || thing === null || thing === X || thing === model) return;
    const { free, dispose, X: rows, X_train, X_test, best_estimator } = thing as Record<string, unknown>;
    if (typeof free === 'function') free();
    else for (const part of [rows, X_train, X_test, best_estimator]) free_(part);
    if (typeof dispose === 'function' && thing !== engine && thing !== other) void dispose.call(thing);
  };
  const free_ = free;
  /** One call, with a value in one place. `names`: one of them is to be in what is said. */
  const attempt = async (call: string, what: string, names: string[], work: () => unknown) => {
    n_made++;
    const begun = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('it does not settle')), LIMIT_MS);
    });
    try {
      free(await Promise.race([(async () => work())(), late]));
    } catch (error) {
      n_refused++;
      const { code, message = String(error), setting = '' } = error as InstanceType<typeof BreakevenError>;
      const fault = (why: string) =>
        faults.push(`${call}, ${what}: ${why}: ${code} ${setting} ${message.slice(0, 160)}`);
      if (!(error instanceof BreakevenError)) fault('another error');
      else if (
        ['worker_failed', 'disposed', 'timeout', 'out_of_memory'].includes(code) &&
        !/freed|other engine|different engines/.test(message) &&
        !(call === 'load' && what.includes('base_url'))
      )
        fault('not its code');
      else if (
        code !== 'aborted' &&
        ![...names, ...(setting && !call.includes('.') ? [setting] : [])].some(
          (name) => setting.includes(name) || message.includes(name),
        )
      )
        fault('does not name it');
      else if (message.length > 1000) fault('many words');
    } finally {
      clearTimeout(timer);
      const ms = performance.now() - begun;
      if (ms > 3000) faults.push(`${call}, ${what}: ${Math.round(ms)} ms`);
    }
  };

  for (const [call, { run, args }] of Object.entries(CALLS)) {
    for (const [i, [name, right]] of args.entries()) {
      const withOne = (value: unknown) => args.map(([, given], at) => (at === i ? value : given)) as never[];
      for (const [label, value] of Object.entries(hostile(right))) {
        await attempt(call, `${name} is ${label}`, [name, 'data', 'CSV', 'The file', 'this'], () =>
          run(...withOne(value())),
        );
      }
      if (
        typeof right !== 'object' ||
        right === null ||
        Object.getPrototypeOf(right) !== Object.prototype ||
        right === X ||
        right === model ||
        right === table ||
        right === tableModel
      )
        continue;
      for (const field of Object.keys(right)) {
        const whole = right as Record<string, unknown>;
        for (const [label, value] of Object.entries(hostile(whole[field]))) {
          // What a caller's function throws is theirs.
          if (field.startsWith('on') && label === 'class') continue;
          await attempt(call, `${name}.${field} is ${label}`, [field, name, ...INSIDE], () =>
            run(...withOne({ ...whole, [field]: value() })),
          );
        }
        await attempt(call, `${name}.${field} throws`, [field, name], () =>
          run(...withOne(Object.defineProperty({ ...whole }, field, { get: throwing, enumerable: true }))),
        );
      }
    }
  }

  const after = await engine.predict(model, X).then(
    ({ y }) => y,
    (error) => [String(error)],
  );
  if (after.join() !== before.join()) faults.push('the engine predicts other labels than before');
  if (engine.environment.tier !== tier) faults.push('the engine is of another tier than before');
  if ('polluted' in {}) faults.push('the prototype of all objects is polluted');
  await engine.dispose();
  await other.dispose();
  return { faults, calls: Object.keys(CALLS), n_made, n_refused };
}

for (const tier of ['threads', 'serial'] as const) {
  test(`hostile arguments of every call settle in the ${tier} tier`, async ({ page }) => {
    test.setTimeout(240_000);
    const thrown: string[] = [];
    page.on('pageerror', ({ message }) => thrown.push(message));
    await page.goto('/runner.html');
    const { faults, calls, n_made, n_refused } = await page.evaluate(attack, tier);
    expect(faults).toEqual([]);
    const contract = [...exported(), ...['Engine', 'Matrix', 'Table', 'Model', 'Measurement'].flatMap(callsOf)];
    expect([...calls].sort()).toEqual([...contract].sort());
    expect(n_made).toBeGreaterThan(4000);
    expect(n_refused).toBeGreaterThan(n_made / 2);
    // What a caller's own callbacks throw is theirs; here they throw nothing.
    expect(thrown).toEqual([]);
  });
}
