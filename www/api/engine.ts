/** The engine as the page holds it: handles here, everything they stand for in the coordinator worker. */
import {
  bytes,
  count,
  csvOptions,
  datasetSpec,
  estimatorSpec,
  finite,
  flag,
  float64s,
  labels,
  madeSpec,
  object,
  options,
  refused,
  runOptions,
  schemaOf,
  searchSpec,
  settings,
  tableOptions,
  text,
} from './arguments.js';
import { BreakevenError } from './error.js';
import { handle, keepDataset, keepMatrix, keepModel, keepTable } from './handles.js';
import type { Link } from './link.js';
import { EngineMeasurement, type MeasuredEngine } from './measurement.js';
import type { MeasuringSpec } from './protocol.js';
import type {
  Column,
  Dataset,
  DatasetOptions,
  Engine,
  Environment,
  EstimatorSpec,
  GridSearchResult,
  GridSearchSpec,
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
  ReadTableOptions,
  RunOptions,
  Table,
} from './types.js';

/** Names that an object of settings may hold; those that it must come first. */
const SPLIT = ['test_size', 'random_state', 'stratify'];
const PREDICT = ['strategy', 'n_threads', 'n_slices', 'threads_per_worker'];
const MEASURE = [
  ...[
    'strategies',
    'batch_sizes',
    'n_threads',
    'thread_counts',
    'n_slices',
    'threads_per_worker',
    'pool',
    'min_samples',
  ],
  ...['budget_ms', 'total_ms', 'precision', 'min_rounds', 'once_above_rows', 'random_state', 'max_bisections'],
  ...['cutoff_rows', 'repeat_rows'],
];

export class LinkedEngine implements Engine, MeasuredEngine {
  readonly #open: () => Promise<Link>;
  readonly #begin: (link: Link) => Promise<Environment>;
  #environment!: Environment;
  #link: Link | null = null;
  #starting: Promise<void> | null = null;
  /** All coordinators that live, those that are starting, too. */
  readonly #links = new Set<Link>();
  #measuring: Promise<unknown> = Promise.resolve();
  #disposed = false;

  /** `open` opens a coordinator, `begin` has it start its pool. */
  constructor(open: () => Promise<Link>, begin: (link: Link) => Promise<Environment>) {
    this.#open = open;
    this.#begin = begin;
  }

  get environment(): Environment {
    return this.#environment;
  }

  /** A second coordinator, for whoever ends it. */
  async another(): Promise<Link> {
    const { link } = await this.#start();
    return link;
  }

  async #start(): Promise<{ link: Link; environment: Environment }> {
    let link: Link | undefined;
    try {
      link = await this.#open();
      for (const other of this.#links) if (other.ended) this.#links.delete(other);
      this.#links.add(link);
      if (this.#disposed) link.end(disposed());
      return { link, environment: await this.#begin(link) };
    } catch (error) {
      const failure = error instanceof BreakevenError ? error : new BreakevenError('worker_failed', String(error));
      link?.end(failure);
      throw failure;
    }
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

  /** What a handle of this engine stands for; a coordinator that came in its place knows it no more. */
  #own(thing: object, kind: 'matrix' | 'model' | 'table', name: string, sameAs?: Link): { link: Link; id: number } {
    if (this.#disposed) throw disposed();
    const found = handle(thing, kind, name, sameAs);
    if (!this.#links.has(found.link)) {
      throw new BreakevenError('disposed', `${name}: this ${kind} is another engine's: make it with this one.`, name);
    }
    return found;
  }

  async matrix(
    data: Float64Array,
    n_rows: number,
    n_cols: number,
    options?: { columns: readonly Column[]; class_names?: readonly string[] | null },
  ): Promise<Matrix> {
    float64s('data', data);
    const schema = options === undefined ? undefined : schemaOf(options);
    if (count('n_rows', n_rows) * count('n_cols', n_cols) !== data.length) {
      throw new BreakevenError(
        'shape_mismatch',
        `data must hold n_rows * n_cols = ${n_rows} * ${n_cols} numbers, but holds ${data.length}`,
        'data',
      );
    }
    const link = await this.live();
    return keepMatrix(link, await link.call('matrix', [data, n_rows, n_cols, schema]));
  }

  async makeClassification(params: MakeClassification, run?: RunOptions): Promise<{ X: Matrix; y: Int32Array }> {
    const checked = madeSpec(params);
    const link = await this.live();
    const { X, y } = await link.call('makeClassification', [checked], runOptions('run', run));
    return { X: keepMatrix(link, X), y };
  }

  async trainTestSplit(
    X: Matrix,
    y: Int32Array,
    params: { test_size: number; random_state: number; stratify?: boolean },
    run?: RunOptions,
  ) {
    const { link, id } = this.#own(X, 'matrix', 'X');
    const checked = settings('params', params, SPLIT, 2);
    finite('params.test_size', checked.test_size);
    count('params.random_state', checked.random_state);
    if (checked.stratify !== undefined) flag('params.stratify', checked.stratify);
    const split = await link.call('trainTestSplit', [id, labels(y), checked], runOptions('run', run));
    return { ...split, X_train: keepMatrix(link, split.X_train), X_test: keepMatrix(link, split.X_test) };
  }

  async loadDataset(name: string, given: { standardise?: boolean } = {}): Promise<Dataset> {
    const { standardise = false } = options('options', given, ['standardise']);
    flag('options.standardise', standardise);
    text('name', name);
    const link = await this.live();
    return keepDataset(link, await link.call('loadDataset', [name, standardise]));
  }

  async readCsv(
    source: string | Blob,
    given: { target?: string | number; header?: boolean; delimiter?: string; standardise?: boolean } = {},
  ): Promise<Dataset> {
    const checked = csvOptions(given);
    if (typeof source !== 'string' && !isBlob(source)) throw refused('text', 'a text, a File or a Blob', source);
    const content = typeof source === 'string' ? source : await textOf(source);
    const link = await this.live();
    return keepDataset(link, await link.call('readCsv', [content, checked]));
  }

  async readTable(source: string | Blob | ArrayBuffer | Uint8Array, all?: ReadTableOptions): Promise<Table> {
    const { signal, onProgress, ...given } = runOptions('options', all, null);
    const checked = tableOptions(given);
    const file = sourceOf(source);
    const link = await this.live();
    return keepTable(link, await link.call('readTable', [file, checked], { signal, onProgress }));
  }

  async dataset(table: Table, all: DatasetOptions): Promise<Dataset> {
    const { signal, onProgress, like, ...given } = runOptions('options', all, null);
    const { link, id } = this.#own(table, 'table', 'table');
    const model = like === undefined ? undefined : this.#own(like, 'model', 'options.like', link).id;
    return keepDataset(link, await link.call('dataset', [id, datasetSpec(given), model], { signal, onProgress }));
  }

  async predictTable(model: Model, table: Table, all?: PredictOptions): Promise<{ y: Int32Array; csv: Blob }> {
    const { signal, onProgress, ...given } = runOptions('options', all, null);
    const { link, id } = this.#own(model, 'model', 'model');
    const rows = this.#own(table, 'table', 'table', link).id;
    return link.call('predictTable', [id, rows, options('options', given, PREDICT)], { signal, onProgress });
  }

  async tile(X: Matrix, n_rows: number, run?: RunOptions): Promise<Matrix> {
    const { link, id } = this.#own(X, 'matrix', 'X');
    return keepMatrix(link, await link.call('tile', [id, count('n_rows', n_rows)], runOptions('run', run)));
  }

  async fit(spec: EstimatorSpec, X: Matrix, y: Int32Array, run?: RunOptions): Promise<Model> {
    const checked = estimatorSpec(spec);
    const { link, id } = this.#own(X, 'matrix', 'X');
    return keepModel(link, await link.call('fit', [checked, id, labels(y)], runOptions('run', run)));
  }

  async gridSearchCV(spec: GridSearchSpec, X: Matrix, y: Int32Array, run?: RunOptions): Promise<GridSearchResult> {
    const checked = searchSpec(spec);
    const { link, id } = this.#own(X, 'matrix', 'X');
    const result = await link.call('gridSearchCV', [checked, id, labels(y)], runOptions('run', run));
    return { ...result, best_estimator: keepModel(link, result.best_estimator) };
  }

  async loadModel(file: Uint8Array): Promise<Model> {
    const content = bytes('bytes', file);
    const link = await this.live();
    return keepModel(link, await link.call('loadModel', [content]));
  }

  async predict(model: Model, X: Matrix, all?: PredictOptions): Promise<Prediction> {
    const { signal, onProgress, ...given } = runOptions('options', all, null);
    const { link, id } = this.#own(model, 'model', 'model');
    const rows = this.#own(X, 'matrix', 'X', link).id;
    return link.call('predict', [id, rows, options('options', given, PREDICT)], { signal, onProgress });
  }

  async measure(given: MeasureSpec, options?: MeasureOptions): Promise<MeasureReport> {
    const { model, ...spec } = object('spec', given);
    const { onReport, ...run } = runOptions('options', options, ['onReport']);
    const measurement = this.measurement({ ...spec, models: { model } });
    try {
      const hear = onReport && (({ model }: Record<string, MeasureReport>) => model && onReport(model));
      const { model: report } = await measurement.go({ ...run, ...(hear && { onReport: hear }) });
      return report as MeasureReport;
    } finally {
      measurement.free();
    }
  }

  measurement(all: MeasurementSpec): Measurement {
    const { models, X, ...given } = object('spec', all);
    const spec = settings('spec', given as MeasuringSpec, MEASURE, 2);
    const named = Object.entries(object('models', models));
    const [first] = named;
    if (!first) throw refused('models', 'an object with at least one model by a name', models);
    const { link } = this.#own(first[1], 'model', `models.${first[0]}`);
    const ids = named.map(([name, model]) => [name, this.#own(model, 'model', `models.${name}`, link).id]);
    const rows = X === undefined ? undefined : this.#own(X, 'matrix', 'X', link).id;
    return new EngineMeasurement(this, link, Object.fromEntries(ids), rows, spec, { models, X });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const link of this.#links) link.end(disposed());
    await this.#starting?.catch(() => {});
  }
}

function disposed(): BreakevenError {
  return new BreakevenError('disposed', 'This engine has been disposed of: load() starts another.');
}

function isBlob(source: unknown): source is Blob {
  try {
    // Of whatever document: another frame's is no instance of this one's.
    return source instanceof Blob || /^\[object (Blob|File)\]$/.test(Object.prototype.toString.call(source));
  } catch {
    // A proxy that throws.
    return false;
  }
}

/** A table's bytes, wherever they are. */
function sourceOf(source: unknown): Blob {
  if (isBlob(source)) return source;
  if (typeof source !== 'string') return new Blob([bytes('source', source) as Uint8Array<ArrayBuffer>]);
  // Half a letter would become another one in silence.
  const { isWellFormed } = source as { isWellFormed?: () => boolean };
  if (isWellFormed?.call(source) === false)
    throw new BreakevenError('bad_table', 'source holds half a letter (a lone surrogate): give the bytes.', 'source');
  return new Blob([source]);
}

async function textOf(file: Blob): Promise<string> {
  try {
    return await file.text();
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new BreakevenError('bad_csv', `The file cannot be read (${why}): choose it again.`);
  }
}
