/** The notebook, step by step, on an engine. */

import { refused, runOptions } from '../api/arguments.js';
import { classificationReport } from '../api/classification-report.js';
import { BreakevenError } from '../api/error.js';
import type { Engine, Experiment, GridSearchSpec, Matrix, Model, RunOptions } from '../api/types.js';
import { type CompleteExperiment, complete } from './config.js';
import { importancesOf } from './importances.js';
import { factsOf, type ModelFacts } from './model-facts.js';
import { tableIn, withoutTable } from './own-table.js';
import { Ownership } from './ownership.js';
import { type Preview, previewOf, summaryOf } from './preview.js';
import type { ExperimentProgress, Stage } from './progress.js';
import { type ExperimentReport, FORMAT, MOST_CONFUSED, VERSION } from './report.js';
import { inferenceRows, measuredRows, trainingRows } from './rows.js';
import { type SweepPart, sweepStep } from './sweep-step.js';
import { isTable } from './table-settings.js';
import { busyPerWallSentence, type Ended, verdict } from './words.js';

export interface Ending {
  /** Hears why going on has come to its end. */
  onEnded?: (why: Ended) => void;
}

/** A run's measurement, which can go on when the run is over. Whoever takes it frees it. */
export interface KeptMeasurement {
  /** Larger batches, narrower intervals: gives the run's report with what is known then. `onPart` as in a run. */
  goOn(run: Pick<ExperimentRun, 'signal' | 'onProgress' | 'onPart'> & Ending): Promise<ExperimentReport>;
  free(): void;
}

/** Of a search that says no other number. */
const N_FOLDS = 5;
/** What may be said of a run, beside what may be of any call. */
const RUN = ['onPart', 'onModel', 'with_table', 'onPreview', 'onMeasurement'];

export interface ExperimentRun extends Omit<RunOptions, 'onProgress'> {
  onProgress?: (progress: ExperimentProgress) => void;
  /** After each finished part: everything that is known by then. */
  onPart?: (partial: Partial<ExperimentReport>) => void;
  /** Each model's file, once it has been saved, loaded again and found equal. */
  onModel?: (classifier: string, file: Uint8Array, facts: ModelFacts) => void;
  /** The report holds a table of the visitor's own that is text, and of any the names of columns and classes; else it says
   *  that the table is left out. */
  with_table?: boolean;
  /** Some of the rows, to look at. */
  onPreview?: (preview: Preview) => void;
  /** At the end: the measurement, to go on with. Where this is left out it is freed. */
  onMeasurement?: (kept: KeptMeasurement) => void;
}

/**
 * Runs the experiment: data → split → grid search → save and load → direct prediction → sweep → verdict.
 *
 * Throws BreakevenError: 'invalid_param' for the experiment itself, 'aborted' when `run.signal` is, and whatever the
 * engine reports. All that the run put into the engine is freed in every case.
 */
export async function runExperiment(
  engine: Engine,
  experiment: Experiment,
  options: ExperimentRun = {},
): Promise<ExperimentReport> {
  if (!isEngine(engine)) throw refused('engine', 'what load() resolves with', engine);
  const run = runOptions('run', options, RUN);
  const config = complete(experiment, { n_threads: engine.environment.n_threads });
  const owned = new Ownership();
  let isKept = false;
  try {
    const report = await new Steps(engine, config, run, owned).all();
    isKept = run.onMeasurement !== undefined && Object.keys(report.sweeps).length > 0;
    return report;
  } finally {
    // A measurement that somebody has taken needs its models and rows.
    if (!isKept) owned.freeAll();
  }
}

function isEngine(engine: unknown): boolean {
  try {
    const { environment, makeClassification } = (engine ?? {}) as Partial<Engine>;
    return typeof environment === 'object' && typeof makeClassification === 'function';
  } catch {
    return false;
  }
}

/**
 * Asking for a forest's importances brings its trees along, which takes some 0.7 s a megabyte of its file: at once where
 * that is nothing to wait for, after the sweep where it is little, else not at all.
 */
const [TOLD_AT_ONCE, TOLD] = [256 << 10, 2 << 20];

interface Rows {
  X: Matrix;
  X_train: Matrix;
  X_test: Matrix;
  y_train: Int32Array;
  y_test: Int32Array;
}

class Steps {
  readonly #report: ExperimentReport;
  readonly #models = new Map<string, Model>();
  /** Notes but those of the sweep, which each round says anew. */
  readonly #notes: string[] = [];
  /** The column of labels, where it has a name. */
  #target: string | undefined;
  readonly #started = performance.now();

  constructor(
    readonly engine: Engine,
    readonly config: CompleteExperiment,
    readonly run: ExperimentRun,
    readonly owned: Ownership,
  ) {
    const table = tableIn(config.data);
    this.#report = {
      format: FORMAT,
      version: VERSION,
      environment: engine.environment,
      experiment: config,
      ...(table && { table }),
      training: [],
      inference: [],
      sweeps: {},
      verdict: '',
      notes: [],
      total_ms: Number.NaN,
      recorded_on: new Date().toISOString().slice(0, 10),
    };
    const { n_threads } = engine.environment;
    if (config.n_threads > n_threads) {
      this.#note(`${config.n_threads} threads were asked for; the engine has ${n_threads}, and those were used.`);
      this.#report.experiment = { ...config, n_threads };
    }
  }

  async all(): Promise<ExperimentReport> {
    const rows = await this.#data();
    await this.#training(rows);
    await this.#importances(TOLD_AT_ONCE);
    this.owned.free(rows.X_train, rows.X_test);
    await this.#inference(rows.X);
    await this.#sweep(rows.X);
    await this.#importances(TOLD);
    this.#told();
    this.#report.total_ms = performance.now() - this.#started;
    this.#part();
    return this.#copy();
  }

  async #data(): Promise<Rows> {
    this.#progress('data', 0, 2, 'make rows');
    const {
      X,
      y,
      told,
      target,
      notes = [],
      ...names
    } = await trainingRows(this.engine, this.config.data, {
      ...this.#signal(),
      onProgress: ({ done, total }) => this.#progress('data', total > 0 ? done / total : 0, 2, 'read the table'),
    });
    this.owned.keep(X);
    this.#target = target;
    if (told) this.#report.experiment = { ...this.#report.experiment, data: told };
    if (notes.length > 0) this.#report.table_notes = notes;
    const measured = measuredRows(this.config.data);
    if (measured) {
      const { name, standardise } = measured;
      this.#note(`Rows to predict are those of ${name}, repeated in order: their spread is real, their number is not.`);
      if (standardise) this.#note(`The features of ${name} were standardised over all rows, before the split.`);
    }
    this.#progress('data', 1, 2, 'split');
    const parts = await this.engine.trainTestSplit(X, y, this.config.split, this.#signal());
    this.owned.keep(parts.X_train);
    this.owned.keep(parts.X_test);
    const all = { X, y, ...names, ...parts };
    this.#report.data = summaryOf(all);
    if (this.run.onPreview) {
      this.#check();
      this.run.onPreview(await previewOf(this.engine, all, isTable(this.config.data)));
    }
    this.#progress('data', 2, 2);
    this.#part();
    return { X, ...parts };
  }

  async #training(rows: Rows): Promise<void> {
    const classifiers = Object.entries(this.config.classifiers);
    for (const [done, [classifier, spec]] of classifiers.entries()) {
      this.#progress('training', done, classifiers.length, classifier);
      await this.#train(classifier, spec, rows, (part, detail) =>
        this.#emit('training', done + part, classifiers.length, `${classifier}${detail}`, { classifier, part }),
      );
      this.#part();
    }
    this.#progress('training', classifiers.length, classifiers.length);
  }

  async #train(
    classifier: string,
    spec: GridSearchSpec,
    { X_train, y_train, X_test, y_test }: Rows,
    progress: (part: number, detail: string) => void,
  ): Promise<void> {
    const { data } = this.config;
    const preprocess = isTable(data) ? data.preprocess : null;
    const cv = isTable(data) && spec.cv === undefined ? this.#foldsOf(y_train) : N_FOLDS;
    const search = await this.engine.gridSearchCV(
      { cv, ...(preprocess && { preprocess }), ...spec },
      X_train,
      y_train,
      {
        ...this.#signal(),
        onProgress: ({ done, total, detail }) => progress(total > 0 ? done / total : 0, detail ? `: ${detail}` : ''),
      },
    );
    for (const note of search.notes) this.#note(`${classifier}: ${note}`);
    const fitted = this.owned.keep(search.best_estimator);
    this.#check();
    const train_acc = await fitted.score(X_train, y_train, this.#signal());
    const tested = await this.#tested(fitted, X_test, y_test);
    const { model, file } = await this.#reload(classifier, fitted, X_test);
    this.#models.set(classifier, model);
    this.#report.training.push({
      classifier,
      estimator: spec.estimator,
      training_time_ms: search.training_time_ms,
      train_acc,
      ...tested,
      best_params: search.best_params,
      best_score: search.best_score,
      cv_results: search.cv_results,
      model_bytes: file.byteLength,
    });
    this.run.onModel?.(classifier, file, this.#facts(model));
  }

  #facts(model: Model): ModelFacts {
    const { data } = this.config;
    const { name, standardise } = measuredRows(data) ?? {};
    const read = isTable(data) && Object.keys(data.read).length > 0 ? data.read : undefined;
    return factsOf(model, {
      ...(this.#target !== undefined && { target: this.#target }),
      ...(standardise && name && { standardised: name }),
      ...(read && { read }),
    });
  }

  /** Of the forests whose files have so many bytes at most, and that have not been asked yet. */
  async #importances(most: number): Promise<void> {
    for (const [i, row] of this.#report.training.entries()) {
      const model = this.#models.get(row.classifier);
      // smartcore's has none.
      const hasThem =
        row.estimator === 'RandomForestClassifier' && this.config.classifiers[row.classifier]?.backend !== 'smartcore';
      if (!hasThem || !model || row.importances || row.model_bytes > most) continue;
      this.#check();
      const importances = importancesOf(await model.attributes(), model.feature_names);
      if (!importances) continue;
      this.#report.training[i] = { ...row, importances };
      this.#part();
    }
  }

  /** As many folds as elsewhere, or fewer, where no class of the visitor's has a row for each. */
  #foldsOf(y: Int32Array): number {
    const counts = new Map<number, number>();
    for (const label of y) counts.set(label, (counts.get(label) ?? 0) + 1);
    const most = Math.max(0, ...counts.values());
    if (most >= N_FOLDS || most < 2) return N_FOLDS;
    this.#note(`The largest class has ${most} rows to train on: ${most} folds, not ${N_FOLDS}.`);
    return most;
  }

  /** Accuracy on rows not trained on; where few classes are confused at all, by the same predictions, which with which. */
  async #tested(
    model: Model,
    X: Matrix,
    y: Int32Array,
  ): Promise<Pick<ExperimentReport['training'][number], 'test_acc' | 'confusion'>> {
    const classes = Array.from(model.classes);
    const known = new Set(classes);
    // A class may be so rare that no row of it was trained on.
    if (known.size > MOST_CONFUSED || y.some((label) => !known.has(label)))
      return { test_acc: await model.score(X, y, this.#signal()) };
    const counts = await model.confusionMatrix(X, y, this.#signal());
    const { accuracy } = classificationReport(counts, model.classes);
    return { test_acc: accuracy, confusion: { classes, counts: Array.from(counts) } };
  }

  /** The notebook's joblib.dump and joblib.load; here the loaded model must predict the test rows equally. */
  async #reload(classifier: string, fitted: Model, X_test: Matrix): Promise<{ model: Model; file: Uint8Array }> {
    this.#check();
    const before = await this.engine.predict(fitted, X_test, { strategy: 'serial', ...this.#signal() });
    const file = await fitted.save();
    // The engine may take the bytes it is given; the visitor keeps these.
    const model = this.owned.keep(await this.engine.loadModel(file.slice()));
    const after = await this.engine.predict(model, X_test, { strategy: 'serial', ...this.#signal() });
    const at = before.y.findIndex((label, row) => label !== after.y[row]);
    if (at >= 0 || before.y.length !== after.y.length) {
      const where = `${classifier}, saved and loaded again, predicts row ${at} of the test rows differently`;
      throw new BreakevenError('bad_model_file', `${where}: please report this with the experiment's settings.`);
    }
    this.owned.free(fitted);
    return { model, file };
  }

  async #inference(X: Matrix): Promise<void> {
    const { n_samples } = this.config.inference;
    this.#progress('inference', 0, this.#models.size, 'make rows');
    const X_infer = this.owned.keep(await inferenceRows(this.engine, this.config, X, n_samples, this.#signal()));
    let done = 0;
    for (const [classifier, model] of this.#models) {
      this.#progress('inference', done, this.#models.size, classifier);
      const { wall_ms, busy_ms, n_calls } = await this.#direct(model, X_infer);
      const busy_per_wall = wall_ms > 0 && busy_ms > 0 ? busy_ms / wall_ms : Number.NaN;
      const sentence = busyPerWallSentence(busy_per_wall);
      this.#report.inference.push({
        classifier,
        n_rows: n_samples,
        wall_ms,
        busy_ms,
        busy_per_wall,
        sentence,
        n_calls,
      });
      done += 1;
      this.#part();
    }
    this.owned.free(X_infer);
    this.#progress('inference', done, this.#models.size);
  }

  /** Means over one call after a warm-up, or over as many as the clock needs to tell the ratio to about 2 %. */
  async #direct(model: Model, X: Matrix): Promise<{ wall_ms: number; busy_ms: number; n_calls: number }> {
    const enough_ms = 50 * this.engine.environment.timer_resolution_ms;
    let [wall_ms, busy_ms, n_calls] = [0, 0, 0];
    await this.#predict(model, X);
    do {
      const one = await this.#predict(model, X);
      wall_ms += one.wall_ms;
      busy_ms += one.busy_ms;
      n_calls += 1;
    } while (wall_ms < enough_ms && n_calls < 100);
    return { wall_ms: wall_ms / n_calls, busy_ms: busy_ms / n_calls, n_calls };
  }

  #predict(model: Model, X: Matrix) {
    this.#check();
    return this.engine.predict(model, X, { strategy: 'serial', ...this.#signal() });
  }

  async #sweep(X: Matrix): Promise<void> {
    this.#progress('sweep', 0, 1, 'make rows');
    const { engine, owned, run } = this;
    const step = await sweepStep({
      ...{ engine, config: this.#report.experiment as CompleteExperiment, models: this.#models, X, owned },
      spent_ms: performance.now() - this.#started,
      note: (note) => this.#note(note),
      ...this.#signal(),
    });
    owned.free(X);
    if (!step) return;
    const part = (part: SweepPart) => this.#swept(part);
    await step.go({ ...this.#signal(), onProgress: (progress) => run.onProgress?.(progress), onPart: part });
    run.onMeasurement?.({
      goOn: async (again) => {
        const begun = performance.now();
        const why = await step.goOn({
          ...again,
          onPart: (part) => {
            this.#swept(part, again.onPart);
          },
        });
        this.#report.total_ms += performance.now() - begun;
        this.#told();
        again.onEnded?.(why);
        return this.#copy();
      },
      free: () => owned.freeAll(),
    });
  }

  /** What has been measured so far. */
  #swept({ sweeps, batch_sizes }: SweepPart, onPart = this.run.onPart): void {
    const { experiment } = this.#report;
    const sizes = [...new Set([...(experiment as CompleteExperiment).sweep.batch_sizes, ...batch_sizes])];
    this.#report.experiment = { ...experiment, sweep: { ...experiment.sweep, batch_sizes: sizes } };
    this.#report.sweeps = sweeps;
    const found = Object.entries(sweeps);
    const notes = found.flatMap(([classifier, { notes }]) => notes.map((note) => `${classifier}: ${note}`));
    this.#report.notes = [...this.#notes, ...notes];
    this.#told();
    onPart?.(this.#copy());
  }

  #told(): void {
    this.#report.verdict = verdict(this.#report.sweeps, this.#report.experiment.n_threads);
  }

  #note(note: string): void {
    this.#notes.push(note);
    this.#report.notes = [...this.#notes];
  }

  #signal(): { signal?: AbortSignal } {
    return this.run.signal ? { signal: this.run.signal } : {};
  }

  #check(): void {
    if (this.run.signal?.aborted) throw new BreakevenError('aborted', 'The experiment was cancelled.');
  }

  #progress(stage: Stage, done: number, total: number, detail?: string): void {
    this.#check();
    this.#emit(stage, done, total, detail);
  }

  /** Without the check: the engine calls this, and it is not the engine's to be thrown at. */
  #emit(stage: Stage, done: number, total: number, detail?: string, job?: ExperimentProgress['job']): void {
    const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
    this.run.onProgress?.({ stage, done: percent, total: 100, ...(detail && { detail }), ...(job && { job }) });
  }

  #part(): void {
    this.#check();
    this.run.onPart?.(this.#copy());
  }

  /** As it is now: later parts do not change it. */
  #copy(): ExperimentReport {
    const report = this.run.with_table ? this.#report : withoutTable(this.#report);
    const { training, inference, sweeps, notes, ...rest } = report;
    return { ...rest, training: [...training], inference: [...inference], sweeps: { ...sweeps }, notes: [...notes] };
  }
}
