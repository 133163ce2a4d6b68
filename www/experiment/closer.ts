/** One classifier, looked at more closely after a run: with a pool that sleeps, and with more and fewer threads. */
import type { Engine, MeasurePoint, MeasureReport, RunOptions } from '../api/types.js';
import type { CompleteExperiment } from './config.js';
import { Ownership } from './ownership.js';
import { inferenceRowsAnew } from './rows.js';

/** What a report has of it, by classifier. Either may be missing: each is measured when it is asked for. */
export interface Closer {
  /** The strategies with a pool that has gone to sleep before each call. */
  parked?: MeasureReport;
  /** Serial, and threads by their number, at several batch sizes. */
  thread_counts?: MeasurePoint[];
}

/** The pool's sleep matters where calls are short. */
const MAX_PARKED_ROWS = 100_000;
const MAX_BUDGET_MS = 300;
/** Large enough that the threads have something to do. */
const THREADS_ROWS = 100_000;
/** A cell of the map is measured for so long at most, both sides together. */
const MAP_BUDGET_MS = 60;
const WIDE = 1e5;
/** A call that is longer gets fewer rows. */
const LONGEST_CALL_MS = 400;

export interface CloserJob {
  config: CompleteExperiment;
  /** The model's file, as it was saved. */
  file: Uint8Array;
  /** The hot sweep of the same classifier. */
  hot: MeasureReport;
}

export async function measureParked(
  engine: Engine,
  { config, file, hot }: CloserJob,
  run: RunOptions,
): Promise<MeasureReport> {
  const strategies = [...new Set(hot.points.map((point) => point.strategy))].filter(
    (s) => s === 'serial' || s === 'threads',
  );
  const sizes = [...new Set(hot.points.map((point) => point.n_rows))].filter((n) => n <= MAX_PARKED_ROWS);
  const batch_sizes = sizes.length > 0 ? sizes : [Math.min(...hot.points.map((point) => point.n_rows))];
  return withRows(engine, config, file, Math.max(...batch_sizes), run, async (model, X) =>
    engine.measure(
      {
        ...{ model, X, strategies, batch_sizes, pool: 'parked', n_threads: engine.environment.n_threads },
        ...{ budget_ms: budget(config), random_state: config.inference.random_state },
      },
      run,
    ),
  );
}

/** 2, 4 … and the number of cores, up to four times as many. */
export function threadCounts(n_cores: number): number[] {
  const most = 4 * n_cores;
  const powers = Array.from({ length: 8 }, (_, i) => 2 ** (i + 1));
  return [...new Set([...powers, n_cores, 2 * n_cores, most])]
    .filter((n) => n >= 2 && n <= Math.min(most, 256))
    .sort((a, b) => a - b);
}

/** The engine has to have as many threads as the largest count. */
export async function measureThreadCounts(
  engine: Engine,
  { config, file, hot }: CloserJob,
  run: RunOptions,
): Promise<MeasurePoint[]> {
  const { n_threads, hardware_concurrency } = engine.environment;
  const thread_counts = threadCounts(hardware_concurrency).filter((n) => n <= n_threads);
  const batch_sizes = mapSizes(hot);
  return withRows(engine, config, file, Math.max(...batch_sizes), run, async (model, X) => {
    const { points } = await engine.measure(
      {
        ...{ model, X, strategies: ['serial', 'threads'], thread_counts, batch_sizes, max_bisections: 0 },
        // What is drawn are times: no break-even has to become narrow.
        ...{ precision: WIDE, budget_ms: Math.min(MAP_BUDGET_MS, budget(config)) },
        random_state: config.inference.random_state,
      },
      run,
    );
    return points;
  });
}

/** Two a decade from the smallest batch of the sweep to the largest that is not too slow. */
function mapSizes(hot: MeasureReport): number[] {
  const [from, to] = [Math.min(...hot.points.map((point) => point.n_rows)), rowsFor(hot)];
  const sizes = [...Array.from({ length: 21 }, (_, i) => roundish(10 ** (i / 2))), to];
  return [...new Set([from, ...sizes])].filter((n) => n >= from && n <= to).sort((a, b) => a - b);
}

/** 1, 3, 10, 30, … */
function roundish(n: number): number {
  const power = 10 ** Math.floor(Math.log10(n) + 1e-9);
  return Math.round(n / power) * power;
}

function budget(config: CompleteExperiment): number {
  return Math.min(MAX_BUDGET_MS, config.sweep.budget_ms);
}

/** The largest batch of the sweep that is not too slow. */
function rowsFor({ points }: MeasureReport): number {
  const serial = points.filter((point) => point.strategy === 'serial' && point.n_rows <= THREADS_ROWS);
  const quick = serial.filter((point) => point.median_ms <= LONGEST_CALL_MS).map((point) => point.n_rows);
  return quick.length > 0 ? Math.max(...quick) : Math.min(...points.map((point) => point.n_rows));
}

type Work<T> = (model: Awaited<ReturnType<Engine['loadModel']>>, X: Awaited<ReturnType<Engine['tile']>>) => Promise<T>;

async function withRows<T>(
  engine: Engine,
  config: CompleteExperiment,
  file: Uint8Array,
  n_rows: number,
  { signal }: RunOptions,
  work: Work<T>,
): Promise<T> {
  const owned = new Ownership();
  try {
    // The engine may take the bytes it is given.
    const model = owned.keep(await engine.loadModel(file.slice()));
    const X = owned.keep(await inferenceRowsAnew(engine, config, n_rows, signal ? { signal } : {}));
    return await work(model, X);
  } finally {
    owned.freeAll();
  }
}
