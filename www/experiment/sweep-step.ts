/** The experiment's last step: all classifiers over all batch sizes, by every strategy that there is, in rounds. */
import { BreakevenError } from '../api/error.js';
import type { Engine, Matrix, Measurement, MeasureReport, Model, Report, Strategy, Tier } from '../api/types.js';
import type { CompleteExperiment } from './config.js';
import { list } from './format.js';
import type { Ownership } from './ownership.js';
import type { ExperimentProgress } from './progress.js';
import { BATCH_SIZES } from './properties.js';
import { sweepRows } from './rows.js';
import { type Ended, toldOf } from './words.js';

/** A quick run is over after this long, whatever came before the sweep, and has so long for that at least. */
const QUICK_RUN_MS = 40_000;
const QUICK_SWEEP_MS = 15_000;
/** Batches of more rows are measured in one round of a quick sweep. */
const QUICK_ROUND_ROWS = 100_000;
const THOROUGH_MS = 240_000;
/** What going on adds: time, sizes, and intervals of this factor. */
const LONGER_MS = 90_000;
const LONGER_PRECISION = 1.15;
/** After so many rounds a first verdict is told, and after two, which are the fewest, once a run has taken so long. */
const FIRST_ROUNDS = 3;
const FIRST_MS = 7_000;

const STRATEGIES_OF: Record<Tier, readonly Strategy[]> = {
  threads: ['serial', 'threads', 'workers', 'async', 'auto'],
  workers: ['serial', 'workers', 'async', 'auto'],
  serial: ['serial'],
};

export interface SweepJob {
  engine: Engine;
  config: CompleteExperiment;
  models: ReadonlyMap<string, Model>;
  /** The rows that were trained and tested on. */
  X: Matrix;
  owned: Ownership;
  /** How long the run has taken before. */
  spent_ms: number;
  note: (note: string) => void;
  /** While its rows are made. */
  signal?: AbortSignal;
}

/** What is known, and the sizes that were asked for. */
export interface SweepPart {
  sweeps: Report['sweeps'];
  batch_sizes: readonly number[];
}

export interface SweepRun {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: ExperimentProgress) => void) | undefined;
  onPart: (part: SweepPart) => void;
}

export interface SweepStep {
  go(run: SweepRun): Promise<void>;
  /** Larger batches, narrower intervals; answers why there are no more of them. */
  goOn(run: SweepRun): Promise<Ended>;
}

/** Lines it up; null where there is nothing to measure. */
export async function sweepStep(job: SweepJob): Promise<SweepStep | null> {
  const { engine, config, models, X, owned, note, signal } = job;
  const { models: wanted, pool, budget_ms, batch_sizes, preset } = config.sweep;
  const chosen = Object.fromEntries(
    wanted.flatMap((name) => {
      const model = models.get(name);
      return model ? [[name, model]] : [];
    }),
  );
  const notes: string[] = [];
  const nothing = Object.keys(chosen).length === 0;
  const cancel = signal ? { signal } : {};
  const rows = nothing ? null : await sweepRows(engine, config, X, batch_sizes, notes, cancel);
  for (const one of notes) note(one);
  if (!rows) return null;
  owned.keep(rows);
  const lineUp = (strategies: Strategy[]) =>
    owned.keep(
      engine.measurement({
        ...{ models: chosen, X: rows, strategies, batch_sizes, repeat_rows: true, pool, budget_ms },
        ...(preset === 'quick' && { once_above_rows: QUICK_ROUND_ROWS }),
        n_threads: config.n_threads,
        random_state: config.inference.random_state,
      }),
    );
  const strategies = strategiesOf(job);
  let measurement = lineUp(strategies);
  const quick_ms = Math.max(QUICK_SWEEP_MS, QUICK_RUN_MS - job.spent_ms);
  let precision = 1.3;
  const total_ms = preset === 'quick' ? quick_ms : THOROUGH_MS;
  return {
    go: async (run) => {
      const begun = performance.now() - job.spent_ms;
      const isEnough = (n_rounds: number) => isFirst(n_rounds, performance.now() - begun);
      const first = () => measure(measurement, run, { total_ms }, batch_sizes, isEnough);
      try {
        await first();
      } catch (error) {
        const here = withoutWorkers(strategies);
        if (!isUnstarted(error) || engine.environment.tier !== 'threads' || here.length === strategies.length)
          throw error;
        owned.free(measurement);
        note(`Not measured: ${list(strategies.filter((strategy) => !here.includes(strategy)))}. ${error.message}`);
        measurement = lineUp(here);
        await first();
      }
    },
    goOn: async (run) => {
      const begun = performance.now();
      const more = BATCH_SIZES.filter((n_rows) => !batch_sizes.includes(n_rows));
      precision = Math.min(LONGER_PRECISION, Math.sqrt(precision));
      const options = { total_ms: LONGER_MS, precision, batch_sizes: more };
      const sizes = [...batch_sizes, ...more].sort((a, b) => a - b);
      return ended(await measure(measurement, run, options, sizes), performance.now() - begun, precision);
    },
  };
}

/** Those that need no isolated worker where there are threads. */
function withoutWorkers(strategies: Strategy[]): Strategy[] {
  return strategies.filter((strategy) => strategy !== 'workers' && strategy !== 'async');
}

function isUnstarted(error: unknown): error is BreakevenError {
  return error instanceof BreakevenError && error.code === 'workers_unavailable';
}

async function measure(
  measurement: Measurement,
  { signal, onProgress, onPart }: SweepRun,
  options: { total_ms: number; precision?: number; batch_sizes?: number[] },
  batch_sizes: readonly number[],
  isEnough = (_n_rounds: number) => true,
): Promise<Report['sweeps']> {
  const aborted = () => signal?.aborted ?? false;
  const sweeps = await measurement.go({
    ...options,
    ...(signal && { signal }),
    onProgress: ({ done, total, left_ms }) => {
      if (aborted()) return;
      const percent = total > 0 ? Math.floor((100 * done) / total) : 0;
      onProgress?.({ stage: 'sweep', done: percent, total: 100, ...(left_ms !== undefined && { left_ms }) });
    },
    onReport: (sweeps) => {
      if (!aborted() && isEnough(roundsOf(sweeps))) onPart({ sweeps: soFar(sweeps), batch_sizes });
    },
  });
  if (aborted()) throw new BreakevenError('aborted', 'The experiment was cancelled.');
  onPart({ sweeps, batch_sizes });
  onProgress?.({ stage: 'sweep', done: 100, total: 100 });
  return sweeps;
}

/** Whether so many rounds are enough for a verdict, so long after the run began. */
export function isFirst(n_rounds: number, run_ms: number): boolean {
  return n_rounds >= FIRST_ROUNDS || (n_rounds >= 2 && run_ms >= FIRST_MS);
}

/**
 * Rounds that are still to come may settle what is unclear. Until they are over a reason is told only where each round
 * so far says so: it would be another one from round to round.
 */
export function soFar(sweeps: Report['sweeps']): Report['sweeps'] {
  const of = ({ capacity, break_even }: MeasureReport) =>
    break_even.map((found) => {
      const always = found.reason === 'cores_taken' && capacity && capacity.n_disturbed >= capacity.n_rounds;
      return always || found.reason === 'clock' ? found : { ...found, reason: null };
    });
  return Object.fromEntries(Object.entries(sweeps).map(([name, one]) => [name, { ...one, break_even: of(one) }]));
}

/** A measurement that is over by its time has used nearly all of it. */
const NEARLY = 0.95;

/** Why a measurement that went on has ended. */
export function ended(sweeps: Report['sweeps'], took_ms: number, precision: number): Ended {
  if (took_ms >= NEARLY * LONGER_MS) return 'time';
  const found = Object.values(sweeps).map(({ break_even }) => toldOf(break_even));
  const isNarrow = ([low, high]: [number, number]) => high <= precision * low || high - low <= 2;
  const narrow = found.every((one) => one?.verdict === 'never_pays' || (one?.ci95 && isNarrow(one.ci95)));
  return narrow ? 'narrow' : 'budget';
}

function roundsOf(sweeps: Record<string, MeasureReport>): number {
  return Math.max(0, ...Object.values(sweeps).map(({ n_rounds }) => n_rounds));
}

/** Those of the experiment's strategies that this tier has. */
function strategiesOf({ engine, config, note }: SweepJob): Strategy[] {
  const { tier, tier_reason } = engine.environment;
  const [can, cannot]: [Strategy[], Strategy[]] = [[], []];
  for (const strategy of config.sweep.strategies) {
    (STRATEGIES_OF[tier].includes(strategy) ? can : cannot).push(strategy);
  }
  if (cannot.length > 0)
    note(`Not measured on the ${tier} tier: ${list(cannot)}.${tier_reason ? ` ${tier_reason}` : ''}`);
  // Break-evens are against serial.
  return can.includes('serial') ? can : ['serial', ...can];
}
