/** What page and coordinator say to each other, beyond what Comlink carries. */
import type { ErrorCode } from './error.js';
import type { Build } from './files.js';
import type { Environment, MakeClassification, RunOptions, Tier } from './types.js';

/** A call's end. Comlink would drop an error's code, so errors travel as values. */
export type Settled<T> = { ok: true; value: T } | { ok: false; code: ErrorCode; message: string };

export type Progress = Parameters<NonNullable<RunOptions['onProgress']>>[0];
export type ProgressListener = (progress: Progress) => void;

/** What the coordinator is started with. */
export interface StartOptions {
  tier: Tier;
  n_threads: number;
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

/** Between a page and the engine's frame in it; with 'start' come two ports: for calls, and for news of a failure. */
export type FrameWord = { breakeven: 'hello'; isolated: boolean } | { breakeven: 'start' };

/** To an isolated worker. */
export type IsolatedRequest =
  | { id: number; kind: 'start'; build: Build }
  | { id: number; kind: 'model'; key: number; bytes: Uint8Array }
  | { id: number; kind: 'drop'; key: number }
  | { id: number; kind: 'predict'; key: number; rows: Float64Array; n_cols: number };

/** From an isolated worker. */
export type IsolatedReply =
  | { id: number; ok: true; y?: Int32Array; busy_ms?: number }
  | { id: number; ok: false; code: ErrorCode; message: string };
