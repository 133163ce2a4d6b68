import { estimatorSpec, searchSpec } from '../arguments.js';
import { BreakevenError } from '../error.js';
import { fetchBytes } from '../fetch-file.js';
import type { Files } from '../files.js';
import { instantiate, MAX_PAGES, quietly, type Wasm, type WasmMaking, type WasmMatrix } from '../instance.js';
import { IsolatedPool } from '../isolated/pool.js';
import type {
  DatasetRef,
  DatasetSpec,
  Leg,
  MakeClassification,
  MatrixRef,
  MeasuringSpec,
  ModelRef,
  RoundsReply,
  Schema,
  StartOptions,
  StartReport,
  TableOptions,
  TableRef,
} from '../protocol.js';
import type { Call } from '../rpc/serve.js';
import { Predictor, type Turns as PredictTurns } from '../strategies/predictor.js';
import { Rounds } from '../strategies/rounds.js';
import type { KeptModel } from '../strategies/width.js';
import { TableFile } from '../table/instance.js';
import type { EstimatorSpec, GridSearchSpec, Prediction, PredictOptions, RunOptions } from '../types.js';
import { within } from '../within.js';
import { Apart } from './apart.js';
import { type Found, found } from './found.js';
import { Smartcore } from './smartcore.js';
import { type Kind, Store } from './store.js';
import { KeptTable } from './tables.js';
import { Turns } from './turns.js';

/** Smallest clock step is looked for this long. */
const CLOCK_PROBE_MS = 5;

interface Started {
  wasm: Wasm;
  predictor: Predictor;
  apart: Apart;
  smartcore: Smartcore;
  tables: TableFile;
}

export type SearchReply = Found & { best_estimator: ModelRef };

/** What each call of the protocol does, a method each. Longer than a file should be: they are told apart by nothing else. */
export class Coordinator {
  readonly #files: Files;
  #started: Started | null = null;
  #starting = false;
  readonly #turns = new Turns();
  #hidden = false;
  readonly #store = new Store();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Loads the build of the tier and starts its pool. */
  start(call: Call, options: StartOptions): Promise<StartReport> {
    if (this.#starting) throw new BreakevenError('invalid_param', 'This engine has been started already.');
    this.#starting = true;
    return this.#turns.take(call, async () => {
      const begin = performance.now();
      // The isolated workers take the same build: a visitor fetches one.
      const build = options.tier === 'threads' ? this.#files.threads : this.#files.single;
      const wasm = await instantiate(build, options.timeout_ms, MAX_PAGES);
      const compiled = performance.now();
      if (options.tier === 'threads' && options.n_threads > 1) {
        const starting = wasm.initThreadPool(options.n_threads - 1);
        await within(options.timeout_ms, `Starting ${options.n_threads - 1} threads`, starting);
        wasm.startPool();
        wasm.setSpinTime(options.spin_us);
      }
      const started = performance.now();
      const isolated =
        options.tier === 'serial' ? null : new IsolatedPool(this.#files.isolated, build, options.timeout_ms);
      const timer_resolution_ms = clockStep();
      const predictor = new Predictor(wasm, isolated, options, timer_resolution_ms);
      this.#started = {
        wasm,
        predictor,
        apart: new Apart(this.#files, options, this.#turns),
        smartcore: new Smartcore(this.#files.smartcore, wasm, this.#turns),
        tables: new TableFile(this.#files.table),
      };
      return {
        n_threads: options.tier === 'serial' ? 1 : options.n_threads,
        timer_resolution_ms,
        startup_ms: { fetch_and_compile: compiled - begin, start_pool: started - compiled },
        version: wasm.version(),
      };
    });
  }

  /** The call with this number stops at its next step. */
  cancel(_: Call, id: number): void {
    this.#turns.cancel(id);
  }

  /** Samples taken while nobody sees the page are not to be trusted. */
  setHidden(_: Call, hidden: boolean): void {
    this.#hidden = hidden;
  }

  free(call: Call, kind: Kind, id: number): Promise<void> {
    // In turn: a call that was made before may still need it.
    return this.#turns.take(call, async () => {
      this.#store.free(kind, id);
      if (kind === 'model') this.#predictor.forget(id);
    });
  }

  // -- data ----------------------------------------------------------------

  matrix(call: Call, data: Float64Array, n_rows: number, n_cols: number, schema?: Schema): Promise<MatrixRef> {
    return this.#turns.take(call, async () =>
      this.#store.keepMatrix(new this.#wasm.Matrix(data, n_rows, n_cols, schema)),
    );
  }

  toArray(call: Call, X: number): Promise<Float64Array> {
    return this.#turns.take(call, async () => {
      const rows = this.#store.get('matrix', X);
      return rows.rows(0, rows.n_rows);
    });
  }

  async tile(call: Call, X: number, n_rows: number): Promise<MatrixRef> {
    const [tiled] = await this.#make(call, 'tile', () => this.#wasm.Making.tiled(this.#store.get('matrix', X), n_rows));
    return (tiled as DatasetRef).X;
  }

  async makeClassification(call: Call, params: MakeClassification): Promise<{ X: MatrixRef; y: Int32Array }> {
    const [made] = await this.#make(call, 'make_classification', () => this.#wasm.Making.classification(params));
    const { X, y } = made as DatasetRef;
    return { X, y };
  }

  async loadDataset(call: Call, name: string, standardise: boolean): Promise<DatasetRef> {
    const { datasets } = this.#files;
    const wasm = this.#wasm;
    // Before its turn: others need not wait for the network. Of a name that there is not, the engine says so.
    const packed = Object.hasOwn(datasets, name) ? await fetchBytes(datasets[name] as string) : new Uint8Array();
    return this.#turns.take(call, async () => this.#store.keepDataset(wasm.readDataset(name, packed, standardise)));
  }

  readCsv(call: Call, text: string, options: object): Promise<DatasetRef> {
    return this.#turns.take(call, async () => this.#store.keepDataset(this.#wasm.readCsv(text, options)));
  }

  // -- tables: read beside the turns ------------------------------------------

  readTable(call: Call, source: Blob, options: TableOptions): Promise<TableRef> {
    return this.#turns.aside(call, async () =>
      this.#store.keepTable(await KeptTable.read(this.#here.tables, source, options, this.#turns, call)),
    );
  }

  tableRows(call: Call, table: number, from: number, to: number): Promise<string[][]> {
    return this.#turns.aside(call, async () => this.#store.get('table', table).rows(call, from, to));
  }

  /** Takes a turn for the matrix alone. */
  dataset(call: Call, table: number, spec: DatasetSpec, like?: number): Promise<DatasetRef> {
    return this.#turns.aside(call, async () => {
      const kept = this.#store.get('table', table);
      const known = like === undefined ? null : this.#schemaOf(like, 'options.like');
      const { rows, n_rows, y, columns, class_names, notes } = await kept.made(call, spec, known);
      const X = await this.matrix(call, rows, n_rows, columns.length, { columns, class_names });
      return { X, y, notes };
    });
  }

  predictTable(
    call: Call,
    model: number,
    table: number,
    options: Omit<PredictOptions, keyof RunOptions>,
  ): Promise<{ y: Int32Array; csv: Blob }> {
    return this.#turns.aside(call, async () => {
      const kept = this.#store.get('table', table);
      const schema = this.#schemaOf(model, 'model');
      const { classes } = this.#store.get('model', model);
      const { rows, n_rows, columns } = await kept.made(call, {}, schema);
      const X = await this.matrix(call, rows, n_rows, columns.length, { columns, class_names: schema.class_names });
      try {
        const { y } = await this.predict(call, model, X.id, options);
        const shares = await this.predictProba(call, model, X.id).catch((error) => {
          // Some estimators have none.
          if (error.code !== 'invalid_param') throw error;
          return null;
        });
        const names = Array.from(classes, (label) => schema.class_names?.[label] ?? String(label));
        const places = new Map(Array.from(classes, (label, k) => [label, k]));
        const labels = Uint32Array.from(y, (label) => places.get(label) ?? 0);
        const added = ['prediction', ...(shares ? names.map((name) => `proba_${name}`) : [])];
        return { y, csv: await kept.written(call, added, names, labels, shares) };
      } finally {
        this.#store.free('matrix', X.id);
      }
    });
  }

  /** What a model knows of its columns. */
  #schemaOf(model: number, name: string): Schema {
    const schema = this.#store.get('model', model).schema();
    if (schema) return schema;
    const told = `${name}: this model does not know what its columns are called: fit one to the rows of a table's dataset.`;
    throw new BreakevenError('invalid_param', told, name);
  }

  async trainTestSplit(
    call: Call,
    X: number,
    y: Int32Array,
    params: { test_size: number; random_state: number; stratify?: boolean },
  ): Promise<{ X_train: MatrixRef; X_test: MatrixRef; y_train: Int32Array; y_test: Int32Array }> {
    const { test_size, random_state, stratify = false } = params;
    const [train, test] = await this.#make(call, 'train_test_split', () =>
      this.#wasm.Making.split(this.#store.get('matrix', X), y, test_size, random_state, stratify),
    );
    const { X: X_train, y: y_train } = train as DatasetRef;
    const { X: X_test, y: y_test } = test as DatasetRef;
    return { X_train, X_test, y_train, y_test };
  }

  /** Makes rows in this call's turn and in steps. */
  #make(call: Call, stage: string, begin: () => WasmMaking): Promise<DatasetRef[]> {
    return this.#turns.take(call, async () => {
      const made = await this.#turns.inSteps(call, stage, begin());
      return made.map((data) => this.#store.keepDataset(data));
    });
  }

  // -- training --------------------------------------------------------------

  fit(call: Call, spec: EstimatorSpec, X: number, y: Int32Array): Promise<ModelRef> {
    const checked = estimatorSpec(spec);
    const stage = `fit ${checked.estimator}`;
    return this.#turns.take(call, async () => {
      const { wasm, apart } = this.#here;
      const rows = this.#store.get('matrix', X);
      const steps = new wasm.Fit(checked, rows, y);
      const smartcore = await this.#smartcoreFor(call, steps);
      const trained = await apart.train(
        call,
        stage,
        { kind: 'fit', spec: checked, smartcore, schema: rows.schema() ?? undefined },
        rows,
        y,
        steps,
      );
      if (trained) return this.#store.keepModel(wasm.Model.load(trained.file));
      return this.#store.keepModel(await this.#turns.inSteps(call, stage, steps));
    });
  }

  gridSearchCV(call: Call, spec: GridSearchSpec, X: number, y: Int32Array): Promise<SearchReply> {
    const checked = searchSpec(spec);
    const stage = `search ${checked.estimator}`;
    return this.#turns.take(call, async () => {
      const { wasm, apart } = this.#here;
      const rows = this.#store.get('matrix', X);
      const steps = new wasm.GridSearch(checked, rows, y);
      const smartcore = await this.#smartcoreFor(call, steps);
      const trained = await apart.train(
        call,
        stage,
        { kind: 'search', spec: checked, smartcore, schema: rows.schema() ?? undefined },
        rows,
        y,
        steps,
      );
      if (trained?.found) {
        return { ...trained.found, best_estimator: this.#store.keepModel(wasm.Model.load(trained.file)) };
      }
      const result = await this.#turns.inSteps(call, stage, steps);
      const best_estimator = this.#store.keepModel(result.best_estimator);
      return { ...found(result), best_estimator };
    });
  }

  /** smartcore's file where it is needed; what waits for it is freed where it does not come. */
  async #smartcoreFor(
    call: Call,
    waiting: { needs_smartcore: boolean; free(): void },
  ): Promise<Uint8Array | undefined> {
    try {
      return waiting.needs_smartcore ? await this.#here.smartcore.bring(call) : undefined;
    } catch (error) {
      quietly(() => waiting.free());
      throw error;
    }
  }

  // -- models ----------------------------------------------------------------

  loadModel(call: Call, bytes: Uint8Array): Promise<ModelRef> {
    return this.#turns.take(call, async () => {
      const { wasm, smartcore } = this.#here;
      const model = wasm.Model.load(bytes);
      if (!model.needs_smartcore || smartcore.isHere) return this.#store.keepModel(model);
      await this.#smartcoreFor(call, model);
      model.free();
      // Once more, with all that smartcore itself has to say of it.
      return this.#store.keepModel(wasm.Model.load(bytes));
    });
  }

  save(call: Call, model: number): Promise<Uint8Array> {
    return this.#turns.take(call, async () => this.#store.get('model', model).save());
  }

  attributes(call: Call, model: number): Promise<Record<string, unknown>> {
    return this.#turns.take(call, async () => this.#store.get('model', model).attributes());
  }

  // -- inference ---------------------------------------------------------------

  predict(call: Call, id: number, X: number, options: Omit<PredictOptions, keyof RunOptions>): Promise<Prediction> {
    return this.#infer(call, 'predict', id, X, (model, rows, turns) =>
      this.#predictor.predict(model, rows, options, turns),
    );
  }

  predictProba(call: Call, id: number, X: number): Promise<Float64Array> {
    return this.#infer(call, 'predict_proba', id, X, (model, rows, turns) =>
      this.#predictor.probabilities(model, rows, turns),
    );
  }

  decisionFunction(call: Call, id: number, X: number): Promise<Float64Array> {
    return this.#infer(call, 'decision_function', id, X, (model, rows, turns) =>
      this.#predictor.margins(model, rows, turns),
    );
  }

  score(call: Call, id: number, X: number, y: Int32Array): Promise<number> {
    return this.#infer(call, 'score', id, X, (model, rows, turns) => this.#predictor.score(model, rows, y, turns));
  }

  confusionMatrix(call: Call, id: number, X: number, y: Int32Array): Promise<Int32Array> {
    return this.#infer(call, 'confusion_matrix', id, X, (model, rows, turns) =>
      this.#predictor.confusionMatrix(model, rows, y, turns),
    );
  }

  /** Asks a model about rows, in this call's turn and in steps. */
  #infer<T>(
    call: Call,
    stage: string,
    id: number,
    X: number,
    ask: (model: KeptModel, rows: WasmMatrix, turns: PredictTurns) => Promise<T>,
  ): Promise<T> {
    return this.#turns.take(call, async () => {
      const rows = this.#store.get('matrix', X);
      const total = rows.n_rows;
      const model = this.#store.get('model', id);
      // What goes by message comes to its kernels without a word of what it is.
      model.check(rows);
      return ask({ id, model }, rows, {
        work: (steps) => this.#turns.work(call, stage, steps),
        turn: () => this.#turns.turn(call),
        isCancelled: () => this.#turns.isCancelled(call),
        onDone: (done) => call.onProgress({ stage, done, total }),
      });
    });
  }

  /** Lines a measurement up; its rounds come one by one. */
  measurement(call: Call, models: Record<string, number>, X: number | undefined, spec: MeasuringSpec): Promise<number> {
    return this.#turns.take(call, async () => {
      return this.#store.keepMeasurement(await this.#rounds(call, models, X, spec));
    });
  }

  /** One round. `only_large`: of the batches that are not sent to another start of the engine. */
  measureRound(call: Call, id: number, only_large: boolean): Promise<RoundsReply> {
    return this.#turns.take(call, async () => {
      const rounds = this.#store.get('measurement', id);
      const more = await rounds.round(this.#roundTurns(call), only_large);
      return rounds.reply(more);
    });
  }

  /** What this start does for another one's measurement: rounds for at least `min_ms`. */
  measureLeg(
    call: Call,
    models: Record<string, number>,
    X: number,
    spec: MeasuringSpec,
    leg: Leg,
    min_ms: number,
  ): Promise<Float64Array> {
    return this.#turns.take(call, async () => {
      const rounds = await this.#rounds(call, models, X, { ...spec, repeat_rows: true }, leg);
      try {
        const begun = performance.now();
        const turns = this.#roundTurns(call);
        while (performance.now() - begun < min_ms && (await rounds.round(turns, false)));
        return rounds.take();
      } finally {
        quietly(() => rounds.free());
      }
    });
  }

  absorb(call: Call, id: number, leg: Leg, numbers: Float64Array, load: number): Promise<RoundsReply> {
    return this.#turns.take(call, async () => {
      const rounds = this.#store.get('measurement', id);
      rounds.absorb(leg, numbers, load);
      return rounds.reply(true);
    });
  }

  goOn(call: Call, id: number, batch_sizes: number[], precision?: number): Promise<RoundsReply> {
    return this.#turns.take(call, async () => {
      const rounds = this.#store.get('measurement', id);
      rounds.goOn(batch_sizes, precision);
      return rounds.reply(true);
    });
  }

  stayAlone(call: Call, id: number): Promise<void> {
    return this.#turns.take(call, async () => this.#store.get('measurement', id).stayAlone());
  }

  /** The first rows of a measurement, for another start of the engine. */
  measuredRows(call: Call, id: number, n_rows: number) {
    return this.#turns.take(call, async () => {
      const { data, n_cols, schema } = this.#store.get('measurement', id).rows(n_rows);
      return { data, n_rows: data.length / n_cols, n_cols, schema };
    });
  }

  #rounds(
    call: Call,
    models: Record<string, number>,
    X: number | undefined,
    spec: MeasuringSpec,
    leg?: Leg,
  ): Promise<Rounds> {
    const kept = Object.entries(models).map(([name, id]) => [name, { id, model: this.#store.get('model', id) }]);
    return Rounds.of({
      wasm: this.#wasm,
      predictor: this.#predictor,
      models: Object.fromEntries(kept),
      X: X === undefined ? null : this.#store.get('matrix', X),
      make: (making) => this.#turns.inSteps(call, 'make rows', making),
      spec,
      clock_step_ms: clockStep(),
      n_cores: navigator.hardwareConcurrency || 1,
      leg,
    });
  }

  #roundTurns(call: Call) {
    return {
      step: () => this.#turns.step(call, { stage: 'measure', done: 0, total: 0 }),
      isCancelled: () => this.#turns.isCancelled(call),
      isHidden: () => this.#hidden,
    };
  }

  get #here(): Started {
    if (!this.#started) throw new BreakevenError('invalid_param', 'This engine has not been started.');
    return this.#started;
  }

  get #wasm(): Wasm {
    return this.#here.wasm;
  }

  get #predictor(): Predictor {
    return this.#here.predictor;
  }
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
