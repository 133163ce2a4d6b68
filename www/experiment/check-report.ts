/** A report from outside (a file, a link): checked field by field, its words made anew from its numbers. */

import { MAX_CANDIDATES } from '../api/arguments.js';
import { BreakevenError } from '../api/error.js';
import type { BreakEven, Capacity, Environment, MeasurePoint, MeasureReport, Regret, Report } from '../api/types.js';
import { ESTIMATORS, MAX_NUMBERS, MAX_SETTINGS, MAX_WORD, SETTING_NAME } from './classifiers.js';
import type { Closer } from './closer.js';
import { completeOfReport, MAX_CLASSES, MAX_CSV_LENGTH } from './config.js';
import { MOST_IMPORTANT } from './importances.js';
import { tableIn } from './own-table.js';
import type { DataSummary } from './preview.js';
import { STRATEGIES } from './properties.js';
import { FROM, type Reference } from './reference.js';
import { type ExperimentReport, FORMAT, type Importances, MOST_CONFUSED, toJson, VERSION } from './report.js';
import {
  boolean,
  list,
  number,
  object,
  oneOf,
  optional,
  orInfinite,
  orNaN,
  orNull,
  pair,
  type Reader,
  record,
  refuse,
  text,
} from './shape.js';
import { busyPerWallSentence, isEqual, verdict } from './words.js';

/** Longer than any report is, with a table in it. */
export const MAX_REPORT_LENGTH = 4_000_000 + MAX_CSV_LENGTH;

const SHORT = /^[A-Za-z][A-Za-z0-9_-]{0,23}$/;
const count = number(0, 1e9);
const ms = number(0, 1e9);
/** What a call takes: charts have it on a logarithmic axis, and ratios are made of it. */
const time: Reader<number> = (value, path) => {
  if (value === 0) throw refuse(path, 'a time: every call takes more than 0 ms');
  return ms(value, path);
};
const share = number(0, 1);
/** A logarithmic loss is at most that of a certain and wrong prediction. */
const MOST_LOSS = -Math.log(Number.EPSILON);
const score = number(-MOST_LOSS, 1);

const scalar: Reader<unknown> = (value, path) => {
  if (value === null || typeof value === 'boolean') return value;
  return typeof value === 'number' ? number()(value, path) : text(MAX_WORD)(value, path);
};
const numbers = list(number(), MAX_NUMBERS);
const weights = record(/^[^\p{Cc}\p{Cf}]*$/u, number(), MAX_NUMBERS);
/** A list for priors, numbers by name for class_weight. */
const setting: Reader<unknown> = (value, path) => {
  if (Array.isArray(value)) return numbers(value, path);
  return (typeof value === 'object' && value !== null ? weights : scalar)(value, path);
};
const params = record(SETTING_NAME, setting, MAX_SETTINGS);

const environment = object<Environment>({
  tier: oneOf(['threads', 'workers', 'serial']),
  tier_reason: orNull(text(400)),
  n_threads: number(1, 1024),
  hardware_concurrency: number(1, 1024),
  cross_origin_isolated: boolean,
  in_frame: boolean,
  simd: boolean,
  timer_resolution_ms: number(0, 1000),
  startup_ms: object<Environment['startup_ms']>({ fetch_and_compile: ms, start_pool: ms }),
  user_agent: text(300),
  version: text(40),
});

const point: Reader<MeasurePoint> = object<MeasurePoint>({
  strategy: oneOf(STRATEGIES),
  strategy_used: optional(oneOf(['serial', 'threads', 'workers', 'async'])),
  n_rows: number(1, 1e9),
  n_threads: number(1, 1024),
  n_threads_used: optional(number(1, 1024)),
  n_samples: count,
  n_rounds: count,
  median_ms: time,
  mad_ms: ms,
  min_ms: ms,
  p95_ms: ms,
  // Of two samples that are far apart it has no end that a number could tell.
  ci95_ms: pair(orInfinite(number(0))),
  between_rounds: number(0, 1e6),
  rows_per_s: number(0),
  busy_ms: ms,
  busy_per_wall: number(0, 1e6),
  stages_ms: object<MeasurePoint['stages_ms']>({ send: ms, compute: ms, gather: ms, wait: ms }),
  equal_to_serial: boolean,
  flags: list(text(40), 10),
});

const foundAnything = object<BreakEven>({
  strategy: oneOf(STRATEGIES),
  n_threads: optional(number(1, 1024)),
  verdict: oneOf(['pays', 'never_pays', 'unclear']),
  n_rows: orNull(number(0, 1e12)),
  to_rows: orNull(number(0, 1e12)),
  ci95: orNull(pair(number(0, 1e12))),
  reason: orNull(oneOf(['page_hidden', 'cores_taken', 'clock', 'budget', 'noise'])),
});

/** One that can be: what pays does so from some size, up to a larger one. */
const breakEven: Reader<BreakEven> = (value, path) => {
  const found = foundAnything(value, path);
  const { verdict, n_rows, to_rows, ci95 } = found;
  if ((verdict === 'pays') !== (n_rows !== null)) throw refuse(`${path}.n_rows`, `what '${verdict}' has`);
  if (to_rows !== null && !(n_rows !== null && n_rows <= to_rows)) throw refuse(`${path}.to_rows`, 'from n_rows on');
  if (ci95 && ci95[0] > ci95[1]) throw refuse(`${path}.ci95`, 'in order');
  return found;
};

const regret = object<Regret>({ mean: number(), worst: number(), worst_n_rows: count });

/** Points of a sweep at most; a note says of one that it is missing, or wrong. */
const MAX_POINTS = 400;
const MAX_SWEEPS = 12;
/** Why a run has no threads goes into a note beside other words. */
const note = text(1000);

const anyMeasured = object<Omit<MeasureReport, 'environment'>>({
  points: list(point, MAX_POINTS),
  cost_model: list(
    object<MeasureReport['cost_model'][number]>({
      strategy: oneOf(STRATEGIES),
      n_threads: optional(number(1, 1024)),
      overhead_us: number(),
      ns_per_row: number(),
      r2: orNaN(number()),
      worst_residual: optional(orNaN(number())),
    }),
    10,
  ),
  auto_regret: optional(
    orNull(
      object<NonNullable<MeasureReport['auto_regret']>>({
        n_sizes: count,
        auto: regret,
        cutoff_rows: count,
        cutoff: regret,
      }),
    ),
  ),
  break_even: list(breakEven, 10),
  capacity: orNull(
    object<Capacity>({
      ...{ n_threads: number(1, 1024), median_cores: number(0, 1024), worst_cores: number(0, 1024) },
      ...{ n_rounds: count, n_disturbed: count },
      ...{ hand_over_us: optional(number(0, 1e9)), apart: optional(number(0, 1)) },
    }),
  ),
  n_rounds: count,
  n_loads: count,
  notes: list(note, MAX_POINTS),
});

/** Labels that differ from serial's are an error, and no break-even comes of errors, whatever the sender says. */
const measured: Reader<Omit<MeasureReport, 'environment'>> = (value, path) => {
  const report = anyMeasured(value, path);
  const none = { verdict: 'unclear', n_rows: null, to_rows: null, ci95: null, reason: null } as const;
  const break_even = report.break_even.map((found) =>
    isEqual(report, found.strategy) ? found : { ...found, ...none },
  );
  return { ...report, break_even };
};

type Row = ExperimentReport['training'][number];

const training: Reader<Row> = object<Row>({
  classifier: shortName,
  estimator: oneOf(ESTIMATORS),
  training_time_ms: ms,
  train_acc: share,
  test_acc: share,
  best_params: params,
  best_score: orNaN(score),
  model_bytes: count,
  cv_results: object<Row['cv_results']>({
    params: list(params, MAX_CANDIDATES),
    split_test_score: list(list(orNaN(score), 100), MAX_CANDIDATES),
    mean_test_score: list(orNaN(score), MAX_CANDIDATES),
    std_test_score: list(orNaN(number(0, MOST_LOSS)), MAX_CANDIDATES),
    rank_test_score: list(count, MAX_CANDIDATES),
    mean_fit_time_ms: list(orNaN(ms), MAX_CANDIDATES),
    // It repeats what was given, and lists what would be taken.
    error: list(orNull(text(2000)), MAX_CANDIDATES),
  }),
  confusion: optional(
    object<NonNullable<Row['confusion']>>({
      classes: list(number(-(2 ** 31), 2 ** 31 - 1), MOST_CONFUSED),
      counts: list(count, MOST_CONFUSED ** 2),
    }),
  ),
  importances: optional(
    object<Importances>({
      ...{ n_columns: count, columns: list(count, MOST_IMPORTANT), values: list(share, MOST_IMPORTANT) },
      names: optional(list(text(MAX_CSV_LENGTH), MOST_IMPORTANT)),
    }),
  ),
});

type Direct = ExperimentReport['inference'][number];

const inference: Reader<Direct> = object<Direct>({
  classifier: shortName,
  n_rows: count,
  wall_ms: ms,
  busy_ms: ms,
  busy_per_wall: orNaN(number(0, 1e6)),
  sentence: () => '',
  n_calls: count,
});

const closer = object<{ parked: ReturnType<typeof measured> | undefined; thread_counts: MeasurePoint[] | undefined }>({
  parked: optional(measured),
  thread_counts: optional(list(point, 1000)),
});

interface Outer {
  format: typeof FORMAT;
  version: number;
  environment: Environment;
  training: Row[];
  inference: Direct[];
  sweeps: Record<string, ReturnType<typeof measured>>;
  total_ms: number;
  notes: string[];
  recorded_on: string | undefined;
  machine: string | undefined;
  data: DataSummary | undefined;
  closer: Record<string, ReturnType<typeof closer>> | undefined;
}

const outer = object<Outer>({
  format: oneOf([FORMAT]),
  version: number(VERSION, VERSION),
  environment,
  training: list(training, MAX_SWEEPS),
  inference: list(inference, MAX_SWEEPS),
  sweeps: record(SHORT, measured, MAX_SWEEPS),
  total_ms: orNaN(ms),
  // Those of all sweeps, and of the run itself.
  notes: list(note, (MAX_SWEEPS + 1) * MAX_POINTS),
  recorded_on: optional(date),
  machine: optional(text(80)),
  data: optional(
    object<DataSummary>({
      ...{ n_rows: count, n_train: count, n_test: count, n_features: count },
      classes: list(object<DataSummary['classes'][number]>({ name: text(MAX_CSV_LENGTH), n_rows: count }), MAX_CLASSES),
    }),
  ),
  closer: optional(record(SHORT, closer, MAX_SWEEPS)),
});

/**
 * Any JSON value → a report whose every field is what it should be.
 *
 * Throws BreakevenError 'invalid_param' that names the field.
 */
export function checkReport(value: unknown): ExperimentReport {
  refuseOther(value);
  const { sweeps, closer = {}, ...rest } = outer(value, '');
  const whole = (report: ReturnType<typeof measured>): MeasureReport => ({
    ...report,
    environment: rest.environment,
  });
  const checked: Report['sweeps'] = Object.fromEntries(Object.entries(sweeps).map(([name, one]) => [name, whole(one)]));
  const looked = Object.entries(closer).map(([name, { parked, thread_counts }]): [string, Closer] => [
    name,
    { ...(parked && { parked: whole(parked) }), ...(thread_counts && { thread_counts }) },
  ]);
  const n_threads = rest.environment.n_threads;
  const experiment = completeOfReport((value as { experiment?: unknown }).experiment, { n_threads });
  const table = tableIn(experiment.data);
  return {
    ...(rest as Omit<Outer, 'sweeps' | 'closer'> & Pick<ExperimentReport, 'recorded_on'>),
    experiment,
    // Not what the report says of itself: what it holds.
    ...(table && { table }),
    training: rest.training.map(aligned),
    inference: rest.inference.map((row) => ({ ...row, sentence: busyPerWallSentence(row.busy_per_wall) })),
    sweeps: checked,
    verdict: verdict(checked, n_threads),
    ...(looked.length > 0 && { closer: Object.fromEntries(looked) }),
  };
}

const source = oneOf(Object.keys(FROM) as Reference['from'][]);

/**
 * What a script gives as a reference → one whose report is checked, or null.
 *
 * Throws BreakevenError 'invalid_param' of the setting 'reference'.
 */
export function checkReference(given: unknown): Reference | null {
  if (given === null || given === undefined) return null;
  try {
    const { report, from } = given as { report?: unknown; from?: unknown };
    // As a file has it: a report of this page holds NaN, and what is checked is nobody else's to change.
    const copy = JSON.parse(toJson((report ?? {}) as object));
    return { report: checkReport(copy), from: source(from, 'from') };
  } catch (error) {
    // Else it cannot be written as JSON at all.
    const why = error instanceof BreakevenError ? error.message : 'These are no results of Breakeven.';
    throw new BreakevenError(
      'invalid_param',
      `'reference' is not { report, from }, with a report of Breakeven and where it is from. ${why}`,
      'reference',
    );
  }
}

/** Before version 2 an interval held one state of a machine, and the next run's answer lay outside it. */
function refuseOther(value: unknown): void {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (typeof version !== 'number' || version === VERSION) return;
  if (version > VERSION && format !== FORMAT) return;
  const words =
    version < VERSION
      ? 'These results are of an earlier version, whose break-evens did not repeat: run the experiment again.'
      : `These results are of version ${version}, perhaps of a newer Breakeven: this one reads version ${VERSION}.`;
  throw new BreakevenError('invalid_param', words, 'version');
}

/** The grid's columns have one cell a candidate. */
function aligned(row: Row, i: number): Row {
  const { confusion, importances } = row;
  if (confusion && confusion.counts.length !== confusion.classes.length ** 2)
    throw refuse(`training[${i}].confusion`, 'a square of counts');
  const { columns: places = [], values = [], names = places, n_columns = 0 } = importances ?? {};
  if (values.length !== places.length || names.length !== places.length || places.some((place) => place >= n_columns))
    throw refuse(`training[${i}].importances`, 'a number for each of its columns');
  const { params, mean_test_score, std_test_score, rank_test_score, mean_fit_time_ms, error } = row.cv_results;
  const columns = [mean_test_score, std_test_score, rank_test_score, mean_fit_time_ms, error];
  if (columns.every((column) => column.length === params.length)) return row;
  throw new BreakevenError(
    'invalid_param',
    `These are no results of Breakeven: the grid of ${row.classifier} has gaps.`,
    `training[${i}].cv_results`,
  );
}

function shortName(value: unknown, path: string): string {
  const name = text(24)(value, path);
  if (SHORT.test(name)) return name;
  throw refuse(path, 'a short name');
}

function date(value: unknown, path: string): string {
  const words = text(10)(value, path);
  if (/^\d{4}-\d\d-\d\d$/.test(words)) return words;
  throw refuse(path, 'a date');
}
