/** What is said in calls of a coordinator, and between a page and the engine's frame. */
import type { Column, Environment, MakeClassification, MeasureReport, MeasureSpec, Tier } from './types.js';

/** What the coordinator is started with. */
export interface StartOptions {
  tier: Tier;
  n_threads: number;
  spin_us: number;
  /** What each step of starting may take. */
  timeout_ms: number;
}

/** What only the coordinator knows of the environment. */
export type StartReport = Pick<Environment, 'n_threads' | 'timer_resolution_ms' | 'startup_ms' | 'version'>;

/** Things that live in the coordinator are known to the page by number. */
export interface MatrixRef {
  id: number;
  n_rows: number;
  n_cols: number;
  schema: Schema | null;
}

/** What the columns of a matrix are, and what its classes are called. */
export interface Schema {
  columns: Column[];
  class_names: string[] | null;
}

export interface ModelRef {
  id: number;
  estimator: string;
  params: Record<string, unknown>;
  classes: Int32Array;
  n_features_in: number;
  schema: Schema | null;
}

export interface DatasetRef {
  X: MatrixRef;
  y: Int32Array;
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
