/** An engine that computes nothing and remembers what it was asked: for tests of what is built on it. */

import { BreakevenError } from '../../www/api/error.js';
import type {
  BreakEven,
  Engine,
  Environment,
  Matrix,
  Measurement,
  MeasurementOptions,
  MeasurementSpec,
  MeasureReport,
  MeasureSpec,
  Model,
  Tier,
} from '../../www/api/types.js';
import { breakEven, environmentOf, sweep } from './measured.js';

export { environmentOf };

export interface FakeOptions {
  tier?: Tier;
  /** Called at the start of each call: may throw, wait or abort. */
  before?: (call: string) => void | Promise<void>;
  /** A loaded model predicts this many labels differently. */
  forgetful?: boolean;
  ms_per_row?: number;
  /** What a measurement says of a model when it has done so many rounds. */
  notes?: (n_rounds: number) => string[];
  /** What it finds. */
  break_even?: BreakEven[];
}

export interface Fake {
  engine: Engine;
  calls: string[];
  /** Matrices, models and measurements not freed yet. */
  live: Set<object>;
  measured: MeasurementSpec[];
  /** What they were asked for, each time they went on. */
  asked: MeasurementOptions[];
}

export function fakeEngine(options: FakeOptions = {}): Fake {
  const {
    tier = 'threads',
    before,
    forgetful,
    ms_per_row = 1e-5,
    notes = () => [],
    break_even = [breakEven()],
  } = options;
  const calls: string[] = [];
  const live = new Set<object>();
  const measured: MeasurementSpec[] = [];
  const asked: MeasurementOptions[] = [];
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
      confusionMatrix: async ({ n_rows }: Matrix) => Int32Array.of(n_rows / 5, 0, (4 * n_rows) / 5, 0),
      score: async (X: Matrix) => X.n_rows / 10_000,
      attributes: async () => ({}),
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
      return { X: matrix(150, 4), y: new Int32Array(150), feature_names: [], class_names: [], columns: [] };
    },
    async readTable(source: Blob) {
      await call('readTable');
      const [names = '', ...rows] = (await source.text()).split('\n');
      if (rows.some((row) => row.split(',').length !== names.split(',').length))
        throw new BreakevenError('bad_table', `line 2 of ${names}`);
      const made = {
        n_rows: rows.length,
        columns: names.split(',').map((name) => ({ name, kind: 'category', n_missing: 0, n_distinct: 2 })),
        read_as: { delimiter: ',', decimal: '.', encoding: 'utf-8', header: true, first_line: 1 },
        notes: [],
        rows: async () => rows.map((row) => row.split(',')),
        free: () => live.delete(made),
      };
      live.add(made);
      return made;
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
      const found = { best_params: {}, best_score: 1, best_index: 0, best_estimator, cv_results };
      return { ...found, training_time_ms: 2, notes: [] as string[] };
    },
    async loadModel(bytes: Uint8Array) {
      await call('loadModel');
      return model(new TextDecoder().decode(bytes), true);
    },
    async predict(asked: Model & { loaded: boolean }, X: Matrix, { strategy }: { strategy: string }) {
      await call(`predict ${asked.estimator} ${strategy}`);
      const wall_ms = X.n_rows * ms_per_row;
      const y = Int32Array.of(0, 1, forgetful && asked.loaded ? 0 : 1);
      return { y, strategy_used: 'serial', n_threads_used: 1, wall_ms, busy_ms: wall_ms };
    },
    async measure(spec: MeasureSpec) {
      await call(`measure ${spec.model.estimator}`);
      return measureReport(environment);
    },
    measurement(spec: MeasurementSpec): Measurement {
      measured.push(spec);
      let rounds = 0;
      const thing = {
        async go(options: MeasurementOptions = {}) {
          const { onReport, batch_sizes = [] } = options;
          asked.push(options);
          await call(`measure ${[...Object.keys(spec.models), ...batch_sizes].join(' ')}`);
          const reports = () => {
            const one = { ...measureReport(environment), break_even, n_rounds: rounds, notes: notes(rounds) };
            return Object.fromEntries(Object.keys(spec.models).map((name) => [name, one]));
          };
          for (let round = 0; round < 4; round++) {
            rounds += 1;
            onReport?.(reports());
          }
          return reports();
        },
        free() {
          live.delete(thing);
        },
      };
      live.add(thing);
      return thing;
    },
    async dispose() {},
  };
  return { engine: engine as unknown as Engine, calls, live, measured, asked };
}

/** What each of its measurements finds: threads pay from 286 rows, and the notes are none. */
export function measureReport(environment: Environment): MeasureReport {
  return sweep({ environment, break_even: [breakEven()] });
}
