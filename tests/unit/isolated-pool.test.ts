/** The pool of isolated workers, with workers that are told what to answer. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IsolatedPool, type RowSource } from '../../www/api/isolated/pool.js';
import type { Failure, Request } from '../../www/api/rpc/messages.js';

type Answer = { ok: true; value: unknown } | ({ ok: false } & Failure);

const BUILD = { glue: 'https://example.org/glue.js', wasm: 'https://example.org/b.wasm', shared: false };

/** Labels each row with its first number. Slices take a while, later ones less: answers come out of order. */
class FakeWorker {
  static all: FakeWorker[] = [];
  /** Answers instead, where it gives one; null: never. */
  static instead: (request: Request, worker: FakeWorker) => Answer | null | undefined = () => undefined;
  onmessage: ((event: { data: Answer & { id: number } }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  readonly requests: Request[] = [];
  ended = false;

  constructor() {
    FakeWorker.all.push(this);
  }

  postMessage(request: Request): void {
    this.requests.push(request);
    const instead = FakeWorker.instead(request, this);
    if (instead === null) return;
    const [, rows, n_cols] = request.args as [number, Float64Array, number];
    const value = request.call === 'predict' ? labels(rows, n_cols) : request.call === 'start' ? [] : undefined;
    const reply: Answer = instead ?? { ok: true, value };
    const delay = request.call === 'predict' ? 1 + (this.requests.length % 3) : 0;
    setTimeout(() => this.ended || this.onmessage?.({ data: { ...reply, id: request.id } }), delay);
  }

  terminate(): void {
    this.ended = true;
  }

  of(call: string): Request[] {
    return this.requests.filter((request) => request.call === call);
  }
}

function labels(rows: Float64Array, n_cols: number) {
  const y = Int32Array.from({ length: rows.length / n_cols }, (_, i) => rows[i * n_cols] as number);
  return { y, compute_ms: 0.1, busy_ms: 0.2, copy_ms: 0.05 };
}

function source(n_rows: number): RowSource {
  const rows = (start: number, end: number) =>
    Float64Array.from({ length: (end - start) * 2 }, (_, i) => start + (i >> 1));
  return { n_rows, n_cols: 2, rows };
}

const FILE = () => ({ file: new Uint8Array([1, 2, 3]) });
const going = { isCancelled: () => false };

beforeEach(() => {
  FakeWorker.all = [];
  FakeWorker.instead = () => undefined;
  vi.stubGlobal('Worker', FakeWorker);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

async function poolOf(n: number): Promise<IsolatedPool> {
  const pool = new IsolatedPool('https://example.org/isolated.worker.js', BUILD, 10_000);
  await pool.prepare(n, 1, 7, FILE);
  return pool;
}

describe('isolated workers', () => {
  test('get the model once and give labels in row order', async () => {
    const pool = await poolOf(3);
    for (const [n_rows, n_slices] of [[0], [1], [5], [10_000], [10_000, 7], [5, 9]] as const) {
      const out = new Int32Array(n_rows).fill(-1);
      await pool.prepare(3, 1, 7, FILE);
      const seen: number[] = [0];
      const onDone = (n: number) => void seen.push(n);
      const timing = await pool.predict(7, source(n_rows), out, { n_workers: 3, n_slices, onDone, ...going });
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(seen.at(-1)).toBe(n_rows);
      expect([...out]).toEqual(Array.from({ length: n_rows }, (_, i) => i));
      const { send, compute, gather, wait } = timing.stages;
      expect(send + compute + gather + wait).toBeCloseTo(timing.wall_ms, 9);
      for (const stage of [send, compute, gather, wait]) expect(stage).toBeGreaterThanOrEqual(0);
    }
    for (const worker of FakeWorker.all) {
      expect(worker.of('learn')).toHaveLength(1);
      // Each slice with the number of its first row: the first number of a row is its own.
      for (const { args } of worker.of('predict')) expect(args[3]).toBe((args[1] as Float64Array)[0]);
    }
  });

  test('as many slices as were asked for, over as many workers as take part', async () => {
    const pool = await poolOf(3);
    await pool.predict(7, source(1000), new Int32Array(1000), { n_workers: 2, n_slices: 8, ...going });
    const slices = FakeWorker.all.map((worker) => worker.of('predict').length);
    expect(slices.reduce((sum, n) => sum + n)).toBe(8);
    expect(slices[2]).toBe(0);
    expect(Math.min(...slices.slice(0, 2))).toBeGreaterThan(0);
  });

  test('slices get shorter once rows are known to be slow', async () => {
    const pool = await poolOf(1);
    // A millisecond a row: 25 rows may be under way.
    FakeWorker.instead = ({ call, args }) => {
      const [, rows, n_cols] = args as [number, Float64Array, number];
      const value = () => ({ ...labels(rows, n_cols), compute_ms: rows.length / 2 });
      return call === 'predict' ? { ok: true, value: value() } : undefined;
    };
    for (let i = 0; i < 2; i++) await pool.predict(7, source(500), new Int32Array(500), { n_workers: 1, ...going });
    const lengths = FakeWorker.all[0]?.of('predict').map((r) => (r.args[1] as Float64Array).length / 2) ?? [];
    expect(lengths[0]).toBe(500);
    expect(Math.max(...lengths.slice(1))).toBe(25);
  });

  test('one that fails rejects its call, stops the others, and is replaced', async () => {
    const pool = await poolOf(2);
    FakeWorker.instead = (request, worker) =>
      request.call === 'predict' && worker === FakeWorker.all[1]
        ? { ok: false, code: 'worker_failed', message: 'a trap', fatal: true }
        : undefined;
    const out = new Int32Array(100_000);
    const spread = { n_workers: 2, ...going };
    await expect(pool.predict(7, source(100_000), out, spread)).rejects.toMatchObject({ code: 'worker_failed' });
    const asked = FakeWorker.all[0]?.of('predict').length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(FakeWorker.all[0]?.of('predict').length).toBe(asked);
    expect(FakeWorker.all[1]?.ended).toBe(true);
    FakeWorker.instead = () => undefined;
    await pool.prepare(2, 1, 7, FILE);
    await pool.predict(7, source(100_000), out, spread);
    expect(FakeWorker.all).toHaveLength(3);
    expect(out[99_999]).toBe(99_999);
  });

  test('one whose script cannot be loaded fails the start, and the next start is a whole one', async () => {
    FakeWorker.instead = (request, worker) => {
      if (request.call !== 'start' || worker !== FakeWorker.all[0]) return undefined;
      setTimeout(() => worker.onerror?.({ message: 'no such file', preventDefault() {} }));
      return null;
    };
    const pool = new IsolatedPool('https://example.org/isolated.worker.js', BUILD, 10_000);
    await expect(pool.prepare(2, 1, 7, FILE)).rejects.toMatchObject({ code: 'worker_failed', message: 'no such file' });
    await pool.prepare(2, 1, 7, FILE);
    const out = new Int32Array(10);
    await pool.predict(7, source(10), out, { n_workers: 2, ...going });
    expect(out[9]).toBe(9);
    expect(FakeWorker.all.filter((worker) => !worker.ended)).toHaveLength(2);
  });

  test('a cancelled batch sends no further slice', async () => {
    const pool = await poolOf(1);
    let cancelled = false;
    FakeWorker.instead = (request) => {
      cancelled ||= request.call === 'predict' && (FakeWorker.all[0]?.of('predict').length ?? 0) >= 5;
      return undefined;
    };
    const spread = { n_workers: 1, n_slices: 100, isCancelled: () => cancelled };
    const call = pool.predict(7, source(1000), new Int32Array(1000), spread);
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(FakeWorker.all[0]?.of('predict').length).toBe(5);
  });

  test('another number of threads starts other workers', async () => {
    const pool = await poolOf(2);
    await pool.prepare(2, 4, 7, FILE);
    expect(FakeWorker.all.map((worker) => worker.ended)).toEqual([true, true, false, false]);
    expect(FakeWorker.all[3]?.of('start')[0]?.args[0]).toMatchObject({ n_threads: 4 });
    expect(FakeWorker.all[3]?.of('learn')).toHaveLength(1);
  });
});
