import { transfer } from 'comlink';
import { BreakevenError } from './error.js';
import type { Files } from './files.js';
import {
  describeError,
  instantiate,
  type Wasm,
  type WasmDataset,
  type WasmMatrix,
  type WasmModel,
  yieldToEvents,
} from './instance.js';
import { IsolatedPool } from './isolated-pool.js';
import { Predictor, type Turns } from './predictor.js';
import type {
  DatasetRef,
  Leg,
  MakeClassification,
  MatrixRef,
  MeasuringSpec,
  ModelRef,
  ProgressListener,
  RoundsReply,
  Settled,
  StartOptions,
  StartReport,
} from './protocol.js';
import { Rounds } from './strategies/rounds.js';
import type { EstimatorSpec, GridSearchResult, GridSearchSpec, Prediction, PredictOptions } from './types.js';

/** How long a step of training may last: a cancel waits for one step and one unit of work. */
const STEP_MS = 60;
/** Smallest clock step is looked for this long. */
const CLOCK_PROBE_MS = 5;

/** Work that is done in steps. */
interface Steps<T> {
  run(max_ms: number): boolean;
  readonly done: number;
  readonly total: number;
  readonly detail: string;
  finish(): T;
  free(): void;
}

/** What a page may hold. */
export type Kind = 'matrix' | 'model' | 'measurement';
export type SearchReply = Omit<GridSearchResult, 'best_estimator'> & { best_estimator: ModelRef };

export class Coordinator {
  readonly #files: Files;
  #wasm!: Wasm;
  #predictor!: Predictor;
  #last: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #hidden = false;
  readonly #matrices = new Map<number, WasmMatrix>();
  readonly #models = new Map<number, WasmModel>();
  readonly #measurements = new Map<number, Rounds>();
  readonly #cancelled = new Set<number>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Loads the build of the tier and starts its pool. */
  start(options: StartOptions): Promise<Settled<StartReport>> {
    return this.#inTurn(0, async () => {
      const begin = performance.now();
      // The isolated workers take the same build: a visitor fetches one.
      const build = options.tier === 'threads' ? this.#files.threads : this.#files.single;
      const wasm = await instantiate(build);
      const compiled = performance.now();
      this.#wasm = wasm;
      if (options.tier === 'threads' && options.n_threads > 1) {
        await wasm.initThreadPool(options.n_threads - 1);
        wasm.startPool();
        wasm.setSpinTime(options.spin_us);
      }
      const started = performance.now();
      const isolated = options.tier === 'serial' ? null : new IsolatedPool(this.#files.isolated, build);
      const timer_resolution_ms = clockStep();
      this.#predictor = new Predictor(wasm, isolated, options, timer_resolution_ms);
      return {
        n_threads: options.tier === 'serial' ? 1 : options.n_threads,
        timer_resolution_ms,
        startup_ms: { fetch_and_compile: compiled - begin, start_pool: started - compiled },
        version: wasm.version(),
      };
    });
  }

  /** The calls with this number stop at their next step. */
  cancel(call: number): void {
    this.#cancelled.add(call);
  }

  /** Samples taken while nobody sees the page are not to be trusted. */
  setHidden(hidden: boolean): void {
    this.#hidden = hidden;
  }

  free(kind: Kind, id: number): void {
    // In turn: a call that was made before may still need it.
    void this.#inTurn(0, async () => {
      const store: Map<number, { free(): void }> =
        kind === 'matrix' ? this.#matrices : kind === 'model' ? this.#models : this.#measurements;
      store.get(id)?.free();
      store.delete(id);
      if (kind === 'model') this.#predictor.forget(id);
    });
  }

  // -- data ----------------------------------------------------------------

  matrix(call: number, data: Float64Array, n_rows: number, n_cols: number): Promise<Settled<MatrixRef>> {
    return this.#inTurn(call, async () => this.#keepMatrix(new this.#wasm.Matrix(data, n_rows, n_cols)));
  }

  toArray(call: number, X: number): Promise<Settled<Float64Array>> {
    return this.#inTurn(call, async () => this.#matrix(X).toArray());
  }

  tile(call: number, X: number, n_rows: number): Promise<Settled<MatrixRef>> {
    return this.#inTurn(call, async () => this.#keepMatrix(this.#matrix(X).tile(n_rows)));
  }

  makeClassification(call: number, params: MakeClassification): Promise<Settled<{ X: MatrixRef; y: Int32Array }>> {
    return this.#inTurn(call, async () => {
      const { X, y } = this.#keepDataset(this.#wasm.makeClassification(params));
      return { X, y };
    });
  }

  loadDataset(call: number, name: string, standardise: boolean): Promise<Settled<DatasetRef>> {
    return this.#inTurn(call, async () => this.#keepDataset(this.#wasm.loadDataset(name, standardise)));
  }

  readCsv(call: number, text: string, options: object): Promise<Settled<DatasetRef>> {
    return this.#inTurn(call, async () => this.#keepDataset(this.#wasm.readCsv(text, options)));
  }

  trainTestSplit(
    call: number,
    X: number,
    y: Int32Array,
    params: { test_size: number; random_state: number; stratify?: boolean },
  ): Promise<Settled<{ X_train: MatrixRef; X_test: MatrixRef; y_train: Int32Array; y_test: Int32Array }>> {
    return this.#inTurn(call, async () => {
      const { test_size, random_state, stratify = false } = params;
      const split = this.#wasm.trainTestSplit(this.#matrix(X), y, test_size, random_state, stratify);
      const parts = {
        X_train: this.#keepMatrix(split.X_train),
        X_test: this.#keepMatrix(split.X_test),
        y_train: split.y_train,
        y_test: split.y_test,
      };
      split.free();
      return parts;
    });
  }

  // -- training --------------------------------------------------------------

  fit(
    call: number,
    spec: EstimatorSpec,
    X: number,
    y: Int32Array,
    onProgress?: ProgressListener,
  ): Promise<Settled<ModelRef>> {
    return this.#inTurn(call, async () => {
      const steps = new this.#wasm.Fit(spec, this.#matrix(X), y);
      return this.#keepModel(await this.#inSteps(call, `fit ${spec.estimator}`, steps, onProgress));
    });
  }

  gridSearchCV(
    call: number,
    spec: GridSearchSpec,
    X: number,
    y: Int32Array,
    onProgress?: ProgressListener,
  ): Promise<Settled<SearchReply>> {
    return this.#inTurn(call, async () => {
      const steps = new this.#wasm.GridSearch(spec, this.#matrix(X), y);
      const result = await this.#inSteps(call, `search ${spec.estimator}`, steps, onProgress);
      const reply: SearchReply = {
        best_params: result.best_params,
        best_score: result.best_score,
        best_index: result.best_index,
        best_estimator: this.#keepModel(result.best_estimator),
        cv_results: result.cv_results,
        training_time_ms: result.training_time_ms,
        refit_time_ms: result.refit_time_ms,
      };
      result.free();
      return reply;
    });
  }

  // -- models ----------------------------------------------------------------

  loadModel(call: number, bytes: Uint8Array): Promise<Settled<ModelRef>> {
    return this.#inTurn(call, async () => this.#keepModel(this.#wasm.Model.load(bytes)));
  }

  save(call: number, model: number): Promise<Settled<Uint8Array>> {
    return this.#inTurn(call, async () => this.#model(model).save());
  }

  attributes(call: number, model: number): Promise<Settled<Record<string, unknown>>> {
    return this.#inTurn(call, async () => this.#model(model).attributes());
  }

  predictProba(call: number, model: number, X: number): Promise<Settled<Float64Array>> {
    return this.#inTurn(call, async () => this.#model(model).predictProba(this.#matrix(X)));
  }

  decisionFunction(call: number, model: number, X: number): Promise<Settled<Float64Array>> {
    return this.#inTurn(call, async () => this.#model(model).decisionFunction(this.#matrix(X)));
  }

  score(call: number, model: number, X: number, y: Int32Array): Promise<Settled<number>> {
    return this.#inTurn(call, async () => this.#model(model).score(this.#matrix(X), y));
  }

  // -- inference ---------------------------------------------------------------

  predict(
    call: number,
    model: number,
    X: number,
    options: Omit<PredictOptions, 'signal'>,
  ): Promise<Settled<Prediction>> {
    return this.#inTurn(call, async () => {
      const turns: Turns = { step: () => this.#turn(call), isCancelled: () => this.#cancelled.has(call) };
      return this.#predictor.predict({ id: model, model: this.#model(model) }, this.#matrix(X), options, turns);
    });
  }

  /** Lines a measurement up; its rounds come one by one. */
  measurement(
    call: number,
    models: Record<string, number>,
    X: number | undefined,
    spec: MeasuringSpec,
  ): Promise<Settled<number>> {
    return this.#inTurn(call, async () => {
      const id = this.#nextId++;
      this.#measurements.set(id, this.#rounds(models, X, spec));
      return id;
    });
  }

  /** One round. `only_large`: of the batches that are not sent to another start of the engine. */
  measureRound(
    call: number,
    id: number,
    only_large: boolean,
    onProgress?: ProgressListener,
  ): Promise<Settled<RoundsReply>> {
    return this.#inTurn(call, async () => {
      const rounds = this.#measurement(id);
      const more = await rounds.round(this.#roundTurns(call, onProgress), only_large);
      return rounds.reply(more);
    });
  }

  /** What this start does for another one's measurement: rounds for at least `min_ms`. */
  measureLeg(
    call: number,
    models: Record<string, number>,
    X: number,
    spec: MeasuringSpec,
    leg: Leg,
    min_ms: number,
    onProgress?: ProgressListener,
  ): Promise<Settled<Float64Array>> {
    return this.#inTurn(call, async () => {
      const rounds = this.#rounds(models, X, { ...spec, repeat_rows: true }, leg);
      try {
        const begun = performance.now();
        const turns = this.#roundTurns(call, onProgress);
        while (performance.now() - begun < min_ms && (await rounds.round(turns, false)));
        return rounds.take();
      } finally {
        rounds.free();
      }
    });
  }

  absorb(call: number, id: number, leg: Leg, numbers: Float64Array, load: number): Promise<Settled<RoundsReply>> {
    return this.#inTurn(call, async () => {
      const rounds = this.#measurement(id);
      rounds.absorb(leg, numbers, load);
      return rounds.reply(true);
    });
  }

  goOn(call: number, id: number, batch_sizes: number[], precision?: number): Promise<Settled<RoundsReply>> {
    return this.#inTurn(call, async () => {
      const rounds = this.#measurement(id);
      rounds.goOn(batch_sizes, precision);
      return rounds.reply(true);
    });
  }

  stayAlone(call: number, id: number): Promise<Settled<void>> {
    return this.#inTurn(call, async () => this.#measurement(id).stayAlone());
  }

  /** The first rows of a measurement, for another start of the engine. */
  measuredRows(call: number, id: number, n_rows: number) {
    return this.#inTurn(call, async () => {
      const { data, n_cols } = this.#measurement(id).rows(n_rows);
      return { data, n_rows: data.length / n_cols, n_cols };
    });
  }

  #rounds(models: Record<string, number>, X: number | undefined, spec: MeasuringSpec, leg?: Leg): Rounds {
    const kept = Object.entries(models).map(([name, id]) => [name, { id, model: this.#model(id) }]);
    return new Rounds({
      wasm: this.#wasm,
      predictor: this.#predictor,
      models: Object.fromEntries(kept),
      X: X === undefined ? null : this.#matrix(X),
      spec,
      clock_step_ms: clockStep(),
      n_cores: navigator.hardwareConcurrency || 1,
      leg,
    });
  }

  #roundTurns(call: number, onProgress?: ProgressListener) {
    return {
      step: () => this.#step(call, { stage: 'measure', done: 0, total: 0 }, onProgress),
      isCancelled: () => this.#cancelled.has(call),
      isHidden: () => this.#hidden,
    };
  }

  // -- one after the other -------------------------------------------------------

  /** Runs `work` when the calls before it have ended, and turns its end into a value. */
  #inTurn<T>(call: number, work: () => Promise<T>): Promise<Settled<T>> {
    const turn = this.#last.then(async (): Promise<Settled<T>> => {
      try {
        this.#refuseIfCancelled(call);
        const value = await work();
        return settle(value);
      } catch (error) {
        return { ok: false, ...describeError(error) };
      } finally {
        this.#cancelled.delete(call);
      }
    });
    this.#last = turn;
    return turn;
  }

  async #inSteps<T>(call: number, stage: string, steps: Steps<T>, onProgress?: ProgressListener): Promise<T> {
    try {
      while (!steps.run(STEP_MS)) {
        const { done, total, detail } = steps;
        await this.#step(call, { stage, done, total, detail }, onProgress);
      }
    } catch (error) {
      steps.free();
      throw error;
    }
    const { total } = steps;
    onProgress?.({ stage, done: total, total });
    return steps.finish();
  }

  async #step(call: number, progress: Parameters<ProgressListener>[0], onProgress?: ProgressListener): Promise<void> {
    onProgress?.(progress);
    await this.#turn(call);
  }

  /** Lets the event loop turn: that is where a cancel is heard. */
  async #turn(call: number): Promise<void> {
    await yieldToEvents();
    this.#refuseIfCancelled(call);
  }

  #refuseIfCancelled(call: number): void {
    if (this.#cancelled.has(call)) throw new BreakevenError('aborted', 'The work was cancelled.');
  }

  #keepMatrix(matrix: WasmMatrix): MatrixRef {
    const id = this.#nextId++;
    this.#matrices.set(id, matrix);
    return { id, n_rows: matrix.n_rows, n_cols: matrix.n_cols };
  }

  #keepDataset(data: WasmDataset): DatasetRef {
    const { feature_names, class_names, y } = data;
    const X = this.#keepMatrix(data.x);
    data.free();
    return { X, y, feature_names, class_names };
  }

  #keepModel(model: WasmModel): ModelRef {
    const id = this.#nextId++;
    this.#models.set(id, model);
    const { estimator, params, classes, n_features_in } = model;
    return { id, estimator, params, classes, n_features_in };
  }

  #matrix(id: number): WasmMatrix {
    return found(this.#matrices.get(id), 'matrix');
  }

  #measurement(id: number): Rounds {
    return found(this.#measurements.get(id), 'measurement');
  }

  #model(id: number): WasmModel {
    return found(this.#models.get(id), 'model');
  }
}

function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new BreakevenError('disposed', `This ${what} has been freed: make or load it again.`);
  return thing;
}

/** Arrays in an answer are moved, not copied: nobody here looks at them again. */
function settle<T>(value: T): Settled<T> {
  const settled: Settled<T> = { ok: true, value };
  const buffers = movable(value);
  return buffers.length > 0 ? transfer(settled, buffers) : settled;
}

function movable(value: unknown): Transferable[] {
  const parts = ArrayBuffer.isView(value) ? [value] : value && typeof value === 'object' ? Object.values(value) : [];
  const views = parts.filter((part): part is ArrayBufferView => ArrayBuffer.isView(part));
  return [...new Set(views.map((view) => view.buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}

/** The smallest step of this worker's clock. */
function clockStep(): number {
  let step = Number.POSITIVE_INFINITY;
  const begin = performance.now();
  for (let last = begin; last - begin < CLOCK_PROBE_MS; ) {
    const now = performance.now();
    if (now > last) step = Math.min(step, now - last);
    last = now;
  }
  return step;
}
