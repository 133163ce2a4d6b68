/** Messages to and from the engine's worker: what is right reaches its method, all else is refused, everything settles. */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { Coordinator } from '../../../www/api/coordinator/coordinator.js';
import { type MethodName, methodsOf } from '../../../www/api/coordinator/methods.js';
import { BreakevenError } from '../../../www/api/error.js';
import { filesAt } from '../../../www/api/files.js';
import { Caller } from '../../../www/api/rpc/caller.js';
import type { Channel, Reply } from '../../../www/api/rpc/messages.js';
import { serve } from '../../../www/api/rpc/serve.js';
import { anything, BORN, json, record } from './inputs.js';
import { law } from './laws.js';

const id = fc.integer({ min: 0 });
const size = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const number = fc.double();
const flag = fc.boolean();
const float64s = fc.float64Array({ maxLength: 6 });
const int32s = fc.int32Array({ maxLength: 6 });
const bag = fc.array(fc.tuple(fc.oneof(fc.string(), fc.constantFrom(...BORN)), json), { maxLength: 4 }).map(record);
const ids = fc.array(fc.tuple(fc.string(), id), { maxLength: 4 }).map(record);
const plain = { noNullPrototype: true } as const;
const leg = fc.record({ numbers: float64s, n_rows: size }, plain);
const start = fc.record(
  {
    ...{ tier: fc.constantFrom('threads', 'workers', 'serial'), n_threads: fc.integer({ min: 1, max: 256 }) },
    ...{
      spin_us: fc.double({ min: 0, max: 1e5, noNaN: true }),
      timeout_ms: fc.double({ min: 1, max: 6e5, noNaN: true }),
    },
  },
  plain,
);
const split = fc.record(
  { test_size: number, random_state: size, stratify: flag },
  { ...plain, requiredKeys: ['test_size', 'random_state'] },
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const blob = fc.string().map((text) => new Blob([text]));
const tableOptions = fc.record(
  {
    ...{ header: flag, delimiter: fc.string(), decimal: fc.string(), encoding: fc.string() },
    missing_values: fc.array(fc.string(), { maxLength: 3 }),
  },
  { ...plain, requiredKeys: [] },
);
const column = fc.oneof(fc.string(), fc.integer());
const datasetSpec = fc.record(
  { target: column, features: fc.array(column, { maxLength: 3 }), drop_missing: fc.oneof(flag, fc.constant('target')) },
  { ...plain, requiredKeys: [] },
);

/** Arguments of every method, of the right shapes. */
const RIGHT: Record<MethodName, fc.Arbitrary<unknown[]>> = {
  start: fc.tuple(start),
  cancel: fc.tuple(id),
  setHidden: fc.tuple(flag),
  free: fc.tuple(fc.constantFrom('matrix', 'model', 'measurement', 'table'), id),
  matrix: fc.tuple(float64s, size, size),
  toArray: fc.tuple(id),
  tile: fc.tuple(id, size),
  makeClassification: fc.tuple(bag),
  loadDataset: fc.tuple(fc.string(), flag),
  readCsv: fc.tuple(fc.string(), bag),
  readTable: fc.tuple(blob, tableOptions),
  tableRows: fc.tuple(id, size, size),
  dataset: fc.tuple(id, datasetSpec, maybe(id)),
  predictTable: fc.tuple(id, id, bag),
  trainTestSplit: fc.tuple(id, int32s, split),
  fit: fc.tuple(bag, id, int32s),
  gridSearchCV: fc.tuple(bag, id, int32s),
  loadModel: fc.tuple(fc.uint8Array()),
  save: fc.tuple(id),
  attributes: fc.tuple(id),
  predictProba: fc.tuple(id, id),
  decisionFunction: fc.tuple(id, id),
  score: fc.tuple(id, id, int32s),
  confusionMatrix: fc.tuple(id, id, int32s),
  predict: fc.tuple(id, id, bag),
  measurement: fc.tuple(ids, maybe(id), bag),
  measureRound: fc.tuple(id, flag),
  measureLeg: fc.tuple(ids, id, bag, leg, number),
  absorb: fc.tuple(id, leg, float64s, size),
  goOn: fc.tuple(id, fc.array(fc.integer()), maybe(number)),
  stayAlone: fc.tuple(id),
  measuredRows: fc.tuple(id, size),
};
const NAMES = Object.keys(RIGHT) as MethodName[];
const call = fc
  .constantFrom(...NAMES)
  .chain((name) => RIGHT[name].map((args): { name: MethodName; args: unknown[] } => ({ name, args })));

/** What is of another kind than `value`. */
const kindOf = (value: unknown) => (typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value);

/** A worker's end that is asked by hand: what is said to it, and what it answers. */
function worker(methods: Parameters<typeof serve>[1]) {
  const said: Reply[] = [];
  const channel: Channel = { postMessage: (reply) => said.push(reply as Reply), onmessage: null, onmessageerror: null };
  serve(channel, methods);
  return {
    said,
    ask: async (data: unknown) => {
      const before = said.length;
      await channel.onmessage?.({ data } as MessageEvent);
      // One answer, and no more.
      expect(said.length - before).toBe(1);
      return said.at(-1) as Reply;
    },
  };
}

/** A coordinator that does nothing but remember. */
function recorder() {
  const ran: { name: string; args: unknown[] }[] = [];
  const methods = NAMES.map((name) => [
    name,
    (_: unknown, ...args: unknown[]) => {
      ran.push({ name, args });
      return name;
    },
  ]);
  return { ran, methods: methodsOf(Object.fromEntries(methods) as unknown as Coordinator) };
}

const unstarted = () => methodsOf(new Coordinator(filesAt('https://example.org/')));

function isRefusal(reply: Reply, of: unknown): void {
  expect(reply).toMatchObject({ ok: false, fatal: false, id: Number.isSafeInteger(of) ? of : null });
  expect(reply).toHaveProperty('code', expect.stringMatching(/^(invalid_param|disposed)$/));
  const { message } = reply as { message: string };
  expect(message.length, message).toBeLessThan(500);
}

describe('a message', () => {
  law('that is right reaches its method', fc.tuple(call, id), async ([{ name, args }, id]) => {
    const { ran, methods } = recorder();
    const reply = await worker(methods).ask({ id, call: name, args });
    expect(reply).toEqual({ id, ok: true, value: name });
    expect(ran).toEqual([{ name, args }]);
  });

  law(
    'with an argument of another kind reaches none',
    fc.tuple(call, id, fc.nat(), anything),
    async ([{ name, args }, id, which, other]) => {
      const at = which % args.length;
      const before = args[at];
      // Left out is allowed of some.
      if (kindOf(other) === kindOf(before) || before === undefined || other === undefined) return;
      const { ran, methods } = recorder();
      const spoilt = args.map((arg, i) => (i === at ? other : arg));
      isRefusal(await worker(methods).ask({ id, call: name, args: spoilt }), id);
      expect(ran).toEqual([]);
    },
  );

  law(
    'with a setting that is none, or that wasm would take for another, reaches none',
    fc.tuple(id, split, fc.constantFrom('test_size', 'random_state', 'stratify', 'more', ...BORN), anything),
    async ([id, params, name, other]) => {
      const right = { test_size: 'number', stratify: 'boolean' }[name];
      const fits = other === undefined ? name === 'stratify' : typeof other === right;
      const isSeed =
        name === 'random_state' && Number.isInteger(other) && Number(other) >= 0 && Number(other) < 2 ** 32;
      if (fits || isSeed) return;
      const { ran, methods } = recorder();
      const settings = record(Object.entries({ ...params }).filter(([key]) => key !== name));
      Object.defineProperty(settings, name, { value: other, enumerable: true });
      isRefusal(await worker(methods).ask({ id, call: 'trainTestSplit', args: [1, new Int32Array(1), settings] }), id);
      expect(ran).toEqual([]);
    },
  );

  law(
    'with a size below 0 or beyond 32 bits reaches none',
    fc.oneof(fc.integer({ max: -1 }), fc.integer({ min: 2 ** 32, max: Number.MAX_SAFE_INTEGER })),
    async (size) => {
      const { ran, methods } = recorder();
      for (const [call, args] of [
        ['tile', [1, size]],
        ['matrix', [new Float64Array(1), size, 1]],
        ['matrix', [new Float64Array(1), 1, size]],
        ['measuredRows', [1, size]],
      ] as const)
        isRefusal(await worker(methods).ask({ id: 1, call, args }), 1);
      expect(ran).toEqual([]);
    },
  );

  law(
    'of any kind is refused, once',
    fc.oneof(
      anything,
      fc.record(
        {
          id: fc.oneof(id, anything),
          call: fc.oneof(fc.constantFrom(...NAMES, ...BORN), anything),
          args: fc.oneof(fc.array(anything, { maxLength: 6 }), anything),
          progress: anything,
        },
        { requiredKeys: [] },
      ),
    ),
    async (message) => {
      const { ran, methods } = recorder();
      const reply = await worker(methods).ask(message);
      if (ran.length === 0) isRefusal(reply, (message as { id?: unknown } | null | undefined)?.id);
      else expect(RIGHT).toHaveProperty(ran[0]?.name ?? '');
    },
  );

  law('before the start is refused', fc.tuple(call, id), async ([{ name, args }, id]) => {
    if (name === 'start') return;
    const reply = await worker(unstarted()).ask({ id, call: name, args });
    // What there is not yet can be cancelled and freed.
    if ('ok' in reply && reply.ok) expect(['cancel', 'setHidden', 'free']).toContain(name);
    else isRefusal(reply, id);
  });
});

describe('an answer', () => {
  const reply = fc.oneof(
    anything,
    fc.record(
      {
        id: fc.oneof(fc.integer({ min: 1, max: 4 }), anything),
        ok: fc.oneof(flag, anything),
        value: anything,
        code: fc.oneof(fc.constantFrom('invalid_param', 'worker_failed'), anything),
        message: fc.oneof(fc.string(), anything),
        setting: anything,
        progress: anything,
        fatal: fc.oneof(flag, anything),
      },
      { requiredKeys: [] },
    ),
  );

  law(
    'of any kind settles the call that it belongs to, or ends them all',
    fc.array(reply, { maxLength: 6 }),
    async (replies) => {
      const channel: Channel = { postMessage: () => {}, onmessage: null, onmessageerror: null };
      let ended: BreakevenError | null = null;
      const caller: Caller = new Caller(channel, (error) => {
        ended ??= error;
        caller.end(error);
      });
      const outcomes = [1, 2, 3].map(() => caller.call('never', [], { onProgress: () => {} }).answer);
      const settled = Promise.allSettled(outcomes);
      for (const data of replies) channel.onmessage?.({ data } as MessageEvent);
      if (ended) expect(ended).toBeInstanceOf(BreakevenError);
      caller.end(new BreakevenError('disposed', 'over'));
      for (const outcome of await settled) {
        if (outcome.status === 'fulfilled') continue;
        expect(outcome.reason).toBeInstanceOf(BreakevenError);
        expect(outcome.reason.code).toEqual(expect.any(String));
        expect(['undefined', 'string']).toContain(typeof outcome.reason.setting);
      }
    },
  );
});
