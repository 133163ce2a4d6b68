/** Calls by message, both ends: what belongs to the protocol is answered, anything else is refused, all of it settles. */
import { describe, expect, test, vi } from 'vitest';
import { Coordinator } from '../../www/api/coordinator/coordinator.js';
import { methodsOf } from '../../www/api/coordinator/methods.js';
import { BreakevenError } from '../../www/api/error.js';
import { filesAt } from '../../www/api/files.js';
import { Caller } from '../../www/api/rpc/caller.js';
import type { Reply } from '../../www/api/rpc/messages.js';
import { type Method, serve } from '../../www/api/rpc/serve.js';
import { float64s, text, whole } from '../../www/api/rpc/shapes.js';

const METHODS = new Map<string, Method>([
  ['double', { shapes: [float64s], run: (_, values: Float64Array) => values.map((value) => 2 * value) }],
  ['never', { shapes: [], run: () => new Promise(() => {}) }],
  [
    'fail',
    {
      shapes: [text],
      run: (_, why: string) => {
        throw why === 'trap' ? new Error('unreachable') : new BreakevenError('not_found', 'There is none.', 'name');
      },
    },
  ],
  [
    'count',
    {
      shapes: [whole],
      run: async (call, to: number) => {
        for (let done = 1; done <= to; done++) call.onProgress({ stage: 'count', done, total: to });
        return to;
      },
    },
  ],
]);

function both() {
  const { port1, port2 } = new MessageChannel();
  serve(port2, METHODS);
  const onFatal = vi.fn();
  return { port: port1, onFatal, caller: new Caller(port1, onFatal) };
}

/** What a coordinator answers to a message of any kind. */
function answerOf(message: unknown): Promise<Reply> {
  const { port1, port2 } = new MessageChannel();
  serve(port2, methodsOf(new Coordinator(filesAt('https://example.org/'))));
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
    port1.postMessage(message);
  });
}

describe('a call', () => {
  test('is answered under its number, its arrays moved', async () => {
    const { caller } = both();
    const calls = [1, 2, 3].map((value) => caller.call('double', [Float64Array.of(value)]).answer);
    expect(await Promise.all(calls)).toEqual([2, 4, 6].map((value) => Float64Array.of(value)));
  });

  test('tells its progress where that is wanted', async () => {
    const { caller } = both();
    const heard: number[] = [];
    await caller.call('count', [3], { onProgress: ({ done }) => heard.push(done) }).answer;
    expect(heard).toEqual([1, 2, 3]);
    expect(await caller.call('count', [2]).answer).toBe(2);
  });

  test('rejects with the error that was thrown, its code and its setting', async () => {
    const { caller, onFatal } = both();
    const { answer } = caller.call('fail', ['plainly']);
    await expect(answer).rejects.toMatchObject({ name: 'BreakevenError', code: 'not_found', setting: 'name' });
    expect(onFatal).not.toHaveBeenCalled();
    await expect(caller.call('fail', ['trap']).answer).rejects.toMatchObject({ code: 'worker_failed' });
    expect(onFatal).toHaveBeenCalledOnce();
  });

  test('that is open when its end ends rejects, and so do those to come', async () => {
    const { caller } = both();
    const open = caller.call('never', []).answer;
    const why = new BreakevenError('disposed', 'over');
    caller.end(why);
    await expect(open).rejects.toBe(why);
    await expect(caller.call('double', [Float64Array.of(1)]).answer).rejects.toBe(why);
  });

  test('whose arguments cannot be sent throws and leaves nothing open', () => {
    const { caller } = both();
    expect(() => caller.call('double', [() => 1])).toThrow(expect.objectContaining({ code: 'out_of_memory' }));
    expect(caller.ended).toBeNull();
  });
});

test('an answer that is none ends the worker: its calls would stay open', async () => {
  for (const data of [null, 5, {}, { id: 1 }, { id: 1, ok: false }, { id: 'x', ok: true }, { id: 1, progress: null }]) {
    const { port1, port2 } = new MessageChannel();
    const onFatal = vi.fn();
    new Caller(port1, onFatal);
    port2.postMessage(data);
    await vi.waitFor(() => expect(onFatal).toHaveBeenCalledOnce());
    expect(onFatal.mock.calls[0]?.[0]).toMatchObject({ code: 'worker_failed' });
    port1.close();
  }
});

test('what cannot be read ends the worker, for nobody knows whose call it was', async () => {
  const { port1, port2 } = new MessageChannel();
  serve(port2, METHODS);
  const onFatal = vi.fn();
  new Caller(port1, onFatal);
  port2.onmessageerror?.(new MessageEvent('messageerror'));
  await vi.waitFor(() => expect(onFatal).toHaveBeenCalledOnce());
  expect(onFatal.mock.calls[0]?.[0]).toMatchObject({ code: 'out_of_memory' });
});

describe('a coordinator refuses', () => {
  for (const [what, message] of [
    ['what is no object', 'start'],
    ['nothing', null],
    ['a call without a number', { call: 'start', args: [] }],
    ['a number that is none', { id: {}, call: 'start', args: [] }],
    // What Comlink would have run.
    ['a path', { id: 'x', type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [] }],
  ] as const) {
    test(`${what}, under no number`, async () => {
      expect(await answerOf(message)).toMatchObject({ id: null, ok: false, code: 'invalid_param', fatal: false });
    });
  }

  for (const [what, message] of [
    ['names of no method', { call: 'constructor', args: ['return 1'] }],
    ['names of every object', { call: '__proto__', args: [] }],
    ['names with dots', { call: 'fit.constructor', args: [] }],
    ['what is no name', { call: ['fit'], args: [] }],
    ['arguments that are no list', { call: 'tile', args: { 0: 1, 1: 2, length: 2 } }],
    ['too few arguments', { call: 'tile', args: [1] }],
    ['too many', { call: 'tile', args: [1, 2, 3] }],
    ['arguments of another shape', { call: 'tile', args: [1, '2'] }],
    ['files of the caller', { call: 'start', args: [{ tier: 'threads', n_threads: 2, spin_us: 1, files: {} }] }],
    [
      'a split whose settings are none',
      { call: 'trainTestSplit', args: [1, new Int32Array(1), { test_size: '1', random_state: 0 }] },
    ],
    ['a size that 32 bits do not hold', { call: 'tile', args: [1, 2 ** 32] }],
    ['a tier that there is none', { call: 'start', args: [{ tier: 'x', n_threads: 2, spin_us: 1, timeout_ms: 9 }] }],
    ['anything before it was started', { call: 'loadDataset', args: ['iris', false] }],
    ['things that it does not have', { call: 'save', args: [99] }],
  ] as const) {
    test(`${what}, under their number`, async () => {
      const refused = await answerOf({ id: 7, ...message });
      expect(refused).toMatchObject({ id: 7, ok: false, fatal: false });
      expect(refused).toHaveProperty('code', expect.stringMatching(/^(invalid_param|disposed)$/));
    });
  }
});
