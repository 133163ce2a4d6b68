/** An engine that computes nothing and remembers what it was asked: for tests of what is built on it. */
import type { Engine, Environment, Matrix, MeasureReport, MeasureSpec, Model, Tier } from '../../www/api/types.js';

export interface FakeOptions {
  tier?: Tier;
  /** Called at the start of each call: may throw, wait or abort. */
  before?: (call: string) => void | Promise<void>;
  /** A loaded model predicts this many labels differently. */
  forgetful?: boolean;
  ms_per_row?: number;
}

export interface Fake {
  engine: Engine;
  calls: string[];
  /** Matrices and models not freed yet. */
  live: Set<object>;
  measured: MeasureSpec[];
}

export function fakeEngine({ tier = 'threads', before, forgetful, ms_per_row = 1e-5 }: FakeOptions = {}): Fake {
  const calls: string[] = [];
  const live = new Set<object>();
  const measured: MeasureSpec[] = [];
  const call = async (name: string) => {
    calls.push(name);
    await before?.(name);
  };
  const matrix = (n_rows: number, n_cols: number): Matrix => {
    const made = {
      n_rows,
      n_cols,
      toArray: async () => new Float64Array(n_rows * n_cols),
      free: () => live.delete(made),
    };
    live.add(made);
    return made as unknown as Matrix;
  };
  const model = (estimator: string, loaded: boolean): Model => {
    const made = {
      ...{ estimator, loaded, params: {}, classes: Int32Array.of(0, 1), n_features_in: 10 },
      score: async (X: Matrix) => X.n_rows / 10_000,
      save: async () => new TextEncoder().encode(estimator),
      free: () => live.delete(made),
    };
    live.add(made);
    return made as unknown as Model;
  };
  const environment = environmentOf(tier);
  const engine = {
    environment,
    async makeClassification({ n_samples, n_features }: { n_samples: number; n_features: number }) {
      await call(`makeClassification ${n_samples}x${n_features}`);
      return { X: matrix(n_samples, n_features), y: new Int32Array(n_samples) };
    },
    async loadDataset(name: string, options: object) {
      await call(`loadDataset ${name} ${JSON.stringify(options)}`);
      return { X: matrix(150, 4), y: new Int32Array(150), feature_names: [], class_names: [] };
    },
    async tile(X: Matrix, n_rows: number) {
      await call(`tile ${n_rows}`);
      return matrix(n_rows, X.n_cols);
    },
    async trainTestSplit(X: Matrix) {
      await call('trainTestSplit');
      const [X_train, X_test] = [matrix(X.n_rows * 0.8, X.n_cols), matrix(X.n_rows * 0.2, X.n_cols)];
      return { X_train, X_test, y_train: new Int32Array(8), y_test: new Int32Array(2) };
    },
    async gridSearchCV({ estimator, cv }: { estimator: string; cv: number }) {
      await call(`gridSearchCV ${estimator} cv=${cv}`);
      const cv_results = {
        ...{ params: [{}], split_test_score: [[1, 1, 1, 1, 1]], mean_test_score: [1], std_test_score: [0] },
        ...{ rank_test_score: [1], mean_fit_time_ms: [1], error: [null] },
      };
      const best_estimator = model(estimator, false);
      return { ...{ best_params: {}, best_score: 1, best_index: 0, best_estimator, cv_results }, training_time_ms: 2 };
    },
    async loadModel(bytes: Uint8Array) {
      await call('loadModel');
      return model(new TextDecoder().decode(bytes), true);
    },
    async predict(asked: Model & { loaded: boolean }, X: Matrix, { strategy }: { strategy: string }) {
      await call(`predict ${asked.estimator} ${strategy}`);
      const wall_ms = X.n_rows * ms_per_row;
      const y = Int32Array.of(0, 1, forgetful && asked.loaded ? 0 : 1);
      return { y, strategy_used: 'serial', wall_ms, busy_ms: wall_ms };
    },
    async measure(spec: MeasureSpec) {
      await call(`measure ${spec.model.estimator}`);
      measured.push(spec);
      return measureReport(environment);
    },
    async dispose() {},
  };
  return { engine: engine as unknown as Engine, calls, live, measured };
}

export function environmentOf(tier: Tier): Environment {
  return {
    ...{
      tier,
      tier_reason: tier === 'threads' ? null : 'The page is not isolated.',
      n_threads: 4,
      hardware_concurrency: 4,
    },
    ...{ cross_origin_isolated: tier === 'threads', in_frame: false, simd: true, timer_resolution_ms: 0.005 },
    ...{ startup_ms: { fetch_and_compile: 1, start_pool: 1 }, user_agent: 'test', version: '0' },
  };
}

export function measureReport(environment: Environment): MeasureReport {
  const strategies = ['serial', 'threads'] as const;
  const points = strategies.flatMap((strategy) =>
    [10, 1000, 100_000].map((n_rows): MeasureReport['points'][number] => {
      const median_ms = strategy === 'serial' ? n_rows * 1e-4 : 0.02 + n_rows * 3e-5;
      return {
        ...{
          strategy,
          strategy_used: strategy,
          n_rows,
          n_threads: 4,
          n_samples: 20,
          median_ms,
          mad_ms: median_ms / 20,
          min_ms: median_ms / 2,
        },
        ...{ ci95_ms: [median_ms * 0.9, median_ms * 1.1], rows_per_s: (1000 * n_rows) / median_ms, busy_ms: median_ms },
        ...{ busy_per_wall: 1, stages_ms: { send: 0, compute: median_ms, gather: 0, wait: 0 }, equal_to_serial: true },
        flags: [],
      };
    }),
  );
  const found = { strategy: 'threads', n_rows: 286, ci95: [250, 330], verdict: 'pays', sentence: 'Pays.' } as const;
  return {
    points,
    cost_model: [],
    break_even: [{ ...found, ci95: [250, 330] }],
    auto_regret: null,
    notes: [],
    environment,
  };
}
