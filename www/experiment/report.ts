/** The report's files: JSON of everything, CSV of each table. */
import type { Capacity, MeasurePoint, Report } from '../api/types.js';
import type { Closer } from './closer.js';
import type { DataSummary } from './preview.js';

export const FORMAT = 'breakeven-report';
export const VERSION = 2;

/** Classes that a report has a confusion matrix of, at most: more are no table to read. */
export const MOST_CONFUSED = 20;

/** Which columns a forest's splits tell most by: scikit-learn's feature_importances_, the largest first. */
export interface Importances {
  /** Columns in all, as the forest has them; their importances add up to 1. */
  n_columns: number;
  /** Numbers of the most important, from 0. */
  columns: number[];
  values: number[];
  /** What these are called. */
  names?: string[];
}

/** The report as `runExperiment` gives it: the public one, and what a reader should know beside it. */
export interface ExperimentReport extends Report {
  training: (Report['training'][number] & {
    /** Size of the saved model, which was loaded again and predicted the same rows equally. */
    model_bytes: number;
    /** How many test rows of each class were predicted to be of which, as Model.confusionMatrix; of few classes only. */
    confusion?: { classes: number[]; counts: number[] };
    /** Of a forest that is not too large to ask. */
    importances?: Importances;
  })[];
  inference: (Report['inference'][number] & {
    /** Calls that the times are the mean of: enough for the clock's resolution. */
    n_calls: number;
  })[];
  /** Points left out and why, and other reservations. */
  notes: string[];
  /** What reading a table of the visitor's own has guessed or left out: with its names and cells, so never in a file or a link. */
  table_notes?: string[];
  /** The day of the run, YYYY-MM-DD, and the machine's name where somebody has given it one: no browser tells. */
  recorded_on?: string;
  machine?: string;
  /** What the rows were. */
  data?: DataSummary;
  /** By classifier: what was measured of it besides, when it was asked for. */
  closer?: Record<string, Closer>;
}

/** NaN and infinities become null; typed arrays become lists. */
export function toJson(report: Partial<ExperimentReport>): string {
  return `${JSON.stringify(report, (_, value) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value), 2)}\n`;
}

export type Cell = string | number | boolean | null | undefined;

/** RFC 4180. A text that a spreadsheet would run as a formula is prefixed with an apostrophe. */
export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return `${[header, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

function csvCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const text = String(value).replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function trainingCsv(training: ExperimentReport['training']): string {
  const header = [
    'classifier',
    'training_time_ms',
    'train_acc',
    'test_acc',
    'best_score',
    'best_params',
    'model_bytes',
  ];
  const rows = training.map((row) => [
    row.classifier,
    row.training_time_ms,
    row.train_acc,
    row.test_acc,
    row.best_score,
    JSON.stringify(row.best_params),
    row.model_bytes,
  ]);
  return toCsv(header, rows);
}

/** What is known of a point's spread: one sample tells none, one round not what differs between rounds. */
export function spreadOf({ n_samples, n_rounds, ci95_ms, p95_ms, mad_ms, between_rounds }: MeasurePoint) {
  const several = n_samples > 1;
  return {
    ci95_ms: several ? ci95_ms : null,
    p95_ms: several ? p95_ms : null,
    mad_ms: several ? mad_ms : null,
    between_rounds: n_rounds > 1 ? between_rounds : null,
  };
}

export function sweepsCsv(sweeps: Report['sweeps']): string {
  const header = [
    ...['classifier', 'strategy', 'n_rows', 'n_threads', 'n_rounds', 'n_samples', 'median_ms'],
    ...['ci95_low_ms', 'ci95_high_ms', 'between_rounds', 'mad_ms', 'min_ms', 'p95_ms', 'rows_per_s', 'busy_per_wall'],
    ...['send_ms', 'compute_ms', 'gather_ms', 'wait_ms', 'equal_to_serial', 'flags'],
  ];
  const rows = Object.entries(sweeps).flatMap(([classifier, { points }]) =>
    points.map((p) => {
      const { ci95_ms, between_rounds, mad_ms, p95_ms } = spreadOf(p);
      const spread = [
        ci95_ms?.[0] ?? '',
        ci95_ms?.[1] ?? '',
        between_rounds ?? '',
        mad_ms ?? '',
        p.min_ms,
        p95_ms ?? '',
      ];
      return [
        ...[classifier, p.strategy, p.n_rows, p.n_threads, p.n_rounds, p.n_samples, p.median_ms],
        ...[...spread, p.rows_per_s, p.busy_per_wall],
        ...[p.stages_ms.send, p.stages_ms.compute, p.stages_ms.gather, p.stages_ms.wait],
        ...[p.equal_to_serial, p.flags.join(' ')],
      ];
    }),
  );
  return toCsv(header, rows);
}

/** The cores that the run got: its models are measured together. */
export function capacityOf(sweeps: Report['sweeps'] = {}): Capacity | null {
  return Object.values(sweeps).find(({ capacity }) => capacity)?.capacity ?? null;
}

/** "0.9255 test accuracy" first, as the notebook sorts its table; ties keep the order of the experiment. */
export function byTestAccuracy<T extends { test_acc: number }>(training: readonly T[]): T[] {
  return [...training].sort((a, b) => b.test_acc - a.test_acc);
}
