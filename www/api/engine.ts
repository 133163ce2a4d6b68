/** The engine as the page holds it: handles here, everything they stand for in the coordinator worker. */
import { BreakevenError, impossible } from './error.js';
import { type Files, filesAt, filesBeside } from './files.js';
import { Link } from './link.js';
import { EngineMeasurement, type MeasuredEngine } from './measurement.js';
import { canFrame, isIsolated, openHere, openInFrame, type Place } from './place.js';
import type { DatasetRef, MatrixRef, ModelRef } from './protocol.js';
import { checkTiers, chooseTier, isAtLeast, type Surroundings, type TierChoice } from './tier.js';
import type {
  Dataset,
  Engine,
  Environment,
  EstimatorSpec,
  GridSearchResult,
  GridSearchSpec,
  LoadOptions,
  MakeClassification,
  Matrix,
  Measurement,
  MeasurementSpec,
  MeasureOptions,
  MeasureReport,
  MeasureSpec,
  Model,
  Prediction,
  PredictOptions,
  RunOptions,
} from './types.js';

/** More threads than this are a typing error rather than a wish. */
const MAX_THREADS = 256;
const FRAME_NOT_ISOLATED =
  'The engine’s frame is not isolated either: that takes Chrome or Edge 137 or later, and a host that sends ' +
  'Document-Isolation-Policy with engine.html.';
/** Looking for work longer than this is keeping cores busy for nothing. */
const MAX_SPIN_US = 100_000;
const DEFAULT_SPIN_US = 100;

/** Starts an engine: a coordinator worker with its wasm instance and pool. */
export async function load(options: LoadOptions = {}): Promise<Engine> {
  const hardware = navigator.hardwareConcurrency || 1;
  const n_threads = options.n_threads ?? hardware;
  if (!(Number.isInteger(n_threads) && n_threads >= 1 && n_threads <= MAX_THREADS)) {
    throw new BreakevenError(
      'invalid_param',
      `n_threads = ${n_threads} is not possible: it must be a whole number from 1 to ${MAX_THREADS}`,
    );
  }
  const spin_us = options.spin_us ?? DEFAULT_SPIN_US;
  if (!(spin_us >= 0 && spin_us <= MAX_SPIN_US)) {
    throw new BreakevenError(
      'invalid_param',
      `spin_us = ${spin_us} is not possible: it must be a number of microseconds from 0 to ${MAX_SPIN_US}`,
    );
  }
  checkTiers(options);
  const files = options.base_url ? filesAt(new URL(options.base_url, import.meta.url).href) : filesBeside();
  const found = await findPlace(files, options);
  const { in_frame, around, open } = found;
  let first = found.first;
  let { tier, reason } = chosen(options, found);
  const start = async (): Promise<Started> => {
    const place = first ?? (await open());
    first = null;
    const link = new Link(place);
    try {
      const report = await link.start({ tier, n_threads, spin_us });
      const environment: Environment = {
        tier,
        tier_reason: reason,
        hardware_concurrency: hardware,
        cross_origin_isolated: around.isolated,
        in_frame,
        // Both builds are compiled with it: they would not have started without.
        simd: true,
        user_agent: navigator.userAgent,
        ...report,
      };
      return { link, environment };
    } catch (error) {
      const failure = error instanceof BreakevenError ? error : new BreakevenError('worker_failed', String(error));
      link.end(failure);
      throw failure;
    }
  };
  const engine = new LinkedEngine(start);
  try {
    await engine.restart();
  } catch (error) {
    const mayStepDown =
      tier === 'threads' && options.tier === undefined && !isAtLeast(options.require ?? 'serial', 'threads');
    if (!mayStepDown) throw error;
    tier = 'workers';
    reason = `Threads could not be started (${error instanceof Error ? error.message : error}).`;
    await engine.restart();
  }
  return engine;
}

/** Where the engine is to run: how a coordinator is opened there, the first of them where it is open already. */
interface Found {
  in_frame: boolean;
  around: Surroundings;
  first: Place | null;
  open: () => Promise<Place>;
}

/** In this page, unless that is not isolated or of another origin than the files, and the engine's frame does better. */
async function findPlace(files: Files, { frame = 'auto', tier }: LoadOptions): Promise<Found> {
  const secure = globalThis.isSecureContext;
  const foreign = new URL(files.coordinator).origin !== globalThis.origin;
  const wanting = !isIsolated() && (tier === undefined || tier === 'threads');
  let frame_problem: string | null = null;
  if (frame === 'auto' && secure && (foreign || wanting) && canFrame(files)) {
    const open = () => openInFrame(files.frame);
    try {
      const first = await open();
      // A frame that is not isolated is still better than a page that may not start the files' workers itself.
      if (first.isolated || foreign) {
        const around = { isolated: first.isolated, secure, frame_problem: FRAME_NOT_ISOLATED };
        return { in_frame: true, around, first, open };
      }
      first.end();
      frame_problem = FRAME_NOT_ISOLATED;
    } catch (error) {
      frame_problem = error instanceof Error ? error.message : String(error);
    }
  }
  const around = { isolated: isIsolated(), secure, frame_problem };
  return { in_frame: false, around, first: null, open: async () => openHere(files) };
}

function chosen(options: LoadOptions, { around, first }: Found): TierChoice {
  try {
    return chooseTier(options, around);
  } catch (error) {
    first?.end();
    throw error;
  }
}

/** A coordinator that runs. */
interface Started {
  link: Link;
  environment: Environment;
}

class LinkedEngine implements Engine, MeasuredEngine {
  readonly #start: () => Promise<Started>;
  #environment!: Environment;
  #link: Link | null = null;
  #starting: Promise<void> | null = null;
  /** Further coordinators that measurements have started. */
  readonly #others = new Set<Link>();
  #measuring: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(start: () => Promise<Started>) {
    this.#start = start;
  }

  get environment(): Environment {
    return this.#environment;
  }

  /** A second coordinator, for whoever ends it. */
  async another(): Promise<Link> {
    const { link } = await this.#start();
    for (const other of this.#others) if (other.ended) this.#others.delete(other);
    this.#others.add(link);
    if (!this.#disposed) return link;
    link.end(disposed());
    throw disposed();
  }

  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#measuring.then(work);
    this.#measuring = turn.catch(() => {});
    return turn;
  }

  /** Starts a coordinator where none runs. */
  async restart(): Promise<void> {
    this.#starting ??= this.#start()
      .then(({ link, environment }) => {
        this.#link = link;
        this.#environment = environment;
      })
      .finally(() => {
        this.#starting = null;
      });
    await this.#starting;
  }

  /** A live link; a worker that failed is replaced here. */
  async live(): Promise<Link> {
    if (this.#disposed) throw disposed();
    if (!this.#link || this.#link.ended) await this.restart();
    if (this.#disposed || !this.#link) {
      this.#link?.end(disposed());
      throw disposed();
    }
    return this.#link;
  }

  async matrix(data: Float64Array, n_rows: number, n_cols: number): Promise<Matrix> {
    const link = await this.live();
    return keepMatrix(link, await link.call((remote, call) => remote.matrix(call, data, n_rows, n_cols)));
  }

  async makeClassification(params: MakeClassification): Promise<{ X: Matrix; y: Int32Array }> {
    const link = await this.live();
    const { X, y } = await link.call((remote, call) => remote.makeClassification(call, params));
    return { X: keepMatrix(link, X), y };
  }

  async trainTestSplit(
    X: Matrix,
    y: Int32Array,
    params: { test_size: number; random_state: number; stratify?: boolean },
  ) {
    const { link, id } = handle(X);
    const split = await link.call((remote, call) => remote.trainTestSplit(call, id, y, params));
    return { ...split, X_train: keepMatrix(link, split.X_train), X_test: keepMatrix(link, split.X_test) };
  }

  async loadDataset(name: string, { standardise = false } = {}): Promise<Dataset> {
    const link = await this.live();
    return keepDataset(link, await link.call((remote, call) => remote.loadDataset(call, name, standardise)));
  }

  async readCsv(
    text: string | Blob,
    options: { target?: string | number; header?: boolean; delimiter?: string; standardise?: boolean } = {},
  ): Promise<Dataset> {
    const link = await this.live();
    const content = typeof text === 'string' ? text : await text.text();
    return keepDataset(link, await link.call((remote, call) => remote.readCsv(call, content, options)));
  }

  async tile(X: Matrix, n_rows: number): Promise<Matrix> {
    const { link, id } = handle(X);
    return keepMatrix(link, await link.call((remote, call) => remote.tile(call, id, n_rows)));
  }

  async fit(spec: EstimatorSpec, X: Matrix, y: Int32Array, run?: RunOptions): Promise<Model> {
    const { link, id } = handle(X);
    return keepModel(
      link,
      await link.call((remote, call, onProgress) => remote.fit(call, spec, id, y, onProgress), run),
    );
  }

  async gridSearchCV(spec: GridSearchSpec, X: Matrix, y: Int32Array, run?: RunOptions): Promise<GridSearchResult> {
    const { link, id } = handle(X);
    const result = await link.call(
      (remote, call, onProgress) => remote.gridSearchCV(call, spec, id, y, onProgress),
      run,
    );
    return { ...result, best_estimator: keepModel(link, result.best_estimator) };
  }

  async loadModel(bytes: Uint8Array): Promise<Model> {
    const link = await this.live();
    return keepModel(link, await link.call((remote, call) => remote.loadModel(call, bytes)));
  }

  async predict(model: Model, X: Matrix, { signal, ...options }: PredictOptions = {}): Promise<Prediction> {
    const { link, id } = handle(model);
    const rows = handle(X, link).id;
    return link.call((remote, call) => remote.predict(call, id, rows, options), { signal });
  }

  async measure({ model, ...spec }: MeasureSpec, { onReport, ...run }: MeasureOptions = {}): Promise<MeasureReport> {
    const measurement = this.measurement({ ...spec, models: { model } });
    try {
      const hear = onReport && (({ model }: Record<string, MeasureReport>) => model && onReport(model));
      const { model: report } = await measurement.go({ ...run, ...(hear && { onReport: hear }) });
      return report as MeasureReport;
    } finally {
      measurement.free();
    }
  }

  measurement({ models, X, ...spec }: MeasurementSpec): Measurement {
    const names = Object.keys(models);
    if (names.length === 0) throw impossible('models', '{}', 'at least one model by a name');
    const { link } = handle(models[names[0] as string] as Model);
    const ids = Object.fromEntries(Object.entries(models).map(([name, model]) => [name, handle(model, link).id]));
    return new EngineMeasurement(this, link, ids, X && handle(X, link).id, spec, { models, X });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const other of this.#others) other.end(disposed());
    await this.#starting?.catch(() => {});
    this.#link?.end(disposed());
  }
}

/** What lives in a coordinator, and which. */
interface Kept {
  link: Link;
  id: number;
}

const kept = new WeakMap<object, Kept>();
/** Frees what the page forgot to. */
const forgotten = new FinalizationRegistry<Kept & { kind: 'matrix' | 'model' }>(({ link, kind, id }) =>
  link.free(kind, id),
);

function keep<T extends object>(link: Link, kind: 'matrix' | 'model', id: number, thing: T): T & { free(): void } {
  const freed = {
    free() {
      if (!kept.delete(whole)) return;
      forgotten.unregister(whole);
      link.free(kind, id);
    },
  };
  const whole = Object.assign(thing, freed);
  kept.set(whole, { link, id });
  forgotten.register(whole, { link, kind, id }, whole);
  return whole;
}

/** The coordinator's name for a matrix or model, where it still has it. */
function handle(thing: object, sameAs?: Link): Kept {
  const found = kept.get(thing);
  if (!found) throw new BreakevenError('disposed', 'This matrix or model has been freed: make or load it again.');
  if (found.link.ended) throw found.link.ended;
  if (sameAs && found.link !== sameAs) {
    throw new BreakevenError(
      'disposed',
      'The model and the matrix belong to different engines: make both with the same one.',
    );
  }
  return found;
}

function keepMatrix(link: Link, { id, n_rows, n_cols }: MatrixRef): Matrix {
  const matrix = keep(link, 'matrix', id, {
    n_rows,
    n_cols,
    toArray: async (): Promise<Float64Array> => link.call((remote, call) => remote.toArray(call, handle(matrix).id)),
  });
  return matrix;
}

function keepDataset(link: Link, { X, ...rest }: DatasetRef): Dataset {
  return { X: keepMatrix(link, X), ...rest };
}

function keepModel(link: Link, ref: ModelRef): Model {
  const own = () => handle(model).id;
  const model = keep(link, 'model', ref.id, {
    estimator: ref.estimator as Model['estimator'],
    params: ref.params,
    classes: ref.classes,
    n_features_in: ref.n_features_in,
    attributes: async () => link.call((remote, call) => remote.attributes(call, own())),
    predictProba: async (X: Matrix) =>
      link.call((remote, call) => remote.predictProba(call, own(), handle(X, link).id)),
    decisionFunction: async (X: Matrix) =>
      link.call((remote, call) => remote.decisionFunction(call, own(), handle(X, link).id)),
    score: async (X: Matrix, y: Int32Array) =>
      link.call((remote, call) => remote.score(call, own(), handle(X, link).id, y)),
    save: async () => link.call((remote, call) => remote.save(call, own())),
  });
  return model;
}

function disposed(): BreakevenError {
  return new BreakevenError('disposed', 'This engine has been disposed of: load() starts another.');
}
