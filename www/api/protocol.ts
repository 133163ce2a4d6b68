/** What page and coordinator say to each other, beyond what Comlink carries. */
import type { ErrorCode } from './error.js';
import type { Build } from './files.js';
import type { Environment, MakeClassification, MeasureReport, MeasureSpec, RunOptions, Tier } from './types.js';

/** An error as it travels: Comlink would drop its code. Fatal where its worker can do no more. */
export interface Failure {
  code: ErrorCode;
  message: string;
  fatal: boolean;
}

/** A call's end. */
export type Settled<T> = { ok: true; value: T } | ({ ok: false } & Failure);

export type Progress = Parameters<NonNullable<RunOptions['onProgress']>>[0];
export type ProgressListener = (progress: Progress) => void;

/** What the coordinator is started with. */
export interface StartOptions {
  tier: Tier;
  n_threads: number;
  spin_us: number;
}

/** What only the coordinator knows of the environment. */
export type StartReport = Pick<Environment, 'n_threads' | 'timer_resolution_ms' | 'startup_ms' | 'version'>;

/** Things that live in the coordinator are known to the page by number. */
export interface MatrixRef {
  id: number;
  n_rows: number;
  n_cols: number;
}

export interface ModelRef {
  id: number;
  estimator: string;
  params: Record<string, unknown>;
  classes: Int32Array;
  n_features_in: number;
}

export interface DatasetRef {
  X: MatrixRef;
  y: Int32Array;
  feature_names: string[];
  class_names: string[];
}

export type { MakeClassification };

/** A measurement's settings, without the things that live in the coordinator. */
export type MeasuringSpec = Omit<MeasureSpec, 'model' | 'X'>;

/** Rounds to be done in another start of the engine: as Rust wrote it down, and the rows that it needs. */
export interface Leg {
  numbers: Float64Array;
  n_rows: number;
}

/** What a measurement knows after a round. */
export interface RoundsReply {
  reports: Record<string, Omit<MeasureReport, 'environment'>>;
  n_rounds: number;
  /** Points that need no more, and all of them. */
  done: number;
  total: number;
  /** Whether there is more to do: in another start of the engine, where `leg` is there, and of batches too large for that. */
  more: boolean;
  leg: Leg | undefined;
  has_large: boolean;
}

/** Between a page and the engine's frame in it; with 'start' come two ports: for calls, and for news of a failure. */
export type FrameWord = { breakeven: 'hello'; isolated: boolean } | { breakeven: 'start' };

/** To an isolated worker. */
export type IsolatedRequest =
  | { id: number; kind: 'start'; build: Build; n_threads: number; life: string }
  | { id: number; kind: 'model'; key: number; bytes: Uint8Array }
  | { id: number; kind: 'drop'; key: number }
  | { id: number; kind: 'predict'; key: number; rows: Float64Array; n_cols: number }
  | { id: number; kind: 'spin'; clock_step_ms: number };

/** From an isolated worker. To a prediction: labels, and milliseconds in its kernels, in all its threads, and copying.
 *  To a spin: the cores that its threads got. */
export type IsolatedReply =
  | { id: number; ok: true; y?: Int32Array; compute_ms?: number; busy_ms?: number; copy_ms?: number; cores?: number }
  | ({ id: number; ok: false } & Failure);
