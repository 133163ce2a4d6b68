/**
 * Breakeven: the public JavaScript API, as the page, the widget, the headless
 * runner and other people's pages use it. It is a contract: names, shapes and
 * units below stay as they are; add to it freely where a user would expect more.
 *
 * Vocabulary is scikit-learn's. Keys that scikit-learn has are written as there
 * (snake_case); methods are camelCase. Times are milliseconds unless the name
 * carries another unit. Every promise settles: with a value, or with a
 * `BreakevenError` whose `code` is stable.
 *
 * `load` (api/load) and `runExperiment` (experiment/run) are exported beside these types from
 * dist/breakeven.js.
 */

export interface LoadOptions {
  /** Threads that compute, the caller's included. Default: navigator.hardwareConcurrency, at most 32. */
  n_threads?: number;
  /** How long an idle thread of the pool looks for work before it sleeps, microseconds: dispatch to one that looks takes
   *  well below one, to one that sleeps tens. Default 100. */
  spin_us?: number;
  /** What each step of starting may take, milliseconds: compiling, instantiating, starting threads. A fetch is given up
   *  after 10 s without a byte. Default 10 s, and 100 ms for each thread. */
  timeout_ms?: number;
  /** Refuse to run below this tier instead of stepping down. */
  require?: Tier;
  /** Force a tier (tests and teaching). */
  tier?: Tier;
  /** Where the wasm and worker files lie: a copy of dist/. Default: beside this module. */
  base_url?: string | URL;
  /**
   * auto: on a page that is not cross-origin isolated, or where the files are of another origin, the engine runs in a
   * hidden frame of the files' own origin, whose document asks to be isolated. never: in this page. Default auto.
   */
  frame?: 'auto' | 'never';
}

/** threads: shared memory. workers: no shared memory, isolated workers only. serial: no workers. */
export type Tier = 'threads' | 'workers' | 'serial';

export interface Environment {
  tier: Tier;
  /** Why a higher tier is not in use, in a sentence a page author can act on; null on the highest. */
  tier_reason: string | null;
  n_threads: number;
  hardware_concurrency: number;
  /** Whether memory can be shared where the engine runs. */
  cross_origin_isolated: boolean;
  /** Whether the engine runs in a hidden frame rather than in the page itself. */
  in_frame: boolean;
  /** Whether the engine's vectors run here; without them it does not. */
  simd: boolean;
  /** Smallest step of performance.now() seen at load. */
  timer_resolution_ms: number;
  /** Time to start the pool, reported apart from every measurement. */
  startup_ms: { fetch_and_compile: number; start_pool: number };
  user_agent: string;
  version: string;
}

export interface Engine {
  readonly environment: Environment;

  // -- data --------------------------------------------------------------
  /**
   * data: row-major, length n_rows * n_cols, finite. Copies it into the engine. Where `columns` says what each column is,
   * NaN is a gap and a category column holds codes (`Column`); split, tile and folds keep that, and a model of such rows
   * knows them. A model's own `columns` make rows for it. Rejects with 'invalid_param' where they do not describe the data.
   */
  matrix(
    data: Float64Array,
    n_rows: number,
    n_cols: number,
    options?: { columns: readonly Column[]; class_names?: readonly string[] | null },
  ): Promise<Matrix>;
  /**
   * The data of scikit-learn's make_classification for the same random_state: its labels and order of rows, and its
   * values bit for bit but for the last digits of sums that BLAS adds in another order. This, trainTestSplit and tile
   * work for about 60 ms at a time: then progress is told, in numbers drawn, multiplied and moved, and a cancel is heard.
   */
  makeClassification(params: MakeClassification, run?: RunOptions): Promise<{ X: Matrix; y: Int32Array }>;
  /** Same rows in the same order as scikit-learn's train_test_split. */
  trainTestSplit(
    X: Matrix,
    y: Int32Array,
    params: { test_size: number; random_state: number; stratify?: boolean },
    run?: RunOptions,
  ): Promise<{ X_train: Matrix; X_test: Matrix; y_train: Int32Array; y_test: Int32Array }>;
  /** 'iris' (150 × 4) | 'breast_cancer' (569 × 30) | 'digits' (1 797 × 64), as scikit-learn has them; each is fetched. */
  loadDataset(name: string, options?: { standardise?: boolean }): Promise<Dataset>;
  /** Rows repeated cyclically. */
  tile(X: Matrix, n_rows: number, run?: RunOptions): Promise<Matrix>;
  /**
   * Reads a table as spreadsheets, pandas and archives write it: twice, in chunks of half a megabyte, beside other calls.
   * Encoding (a mark, UTF-8, else windows-1252), delimiter (',', tab, ';', '|' or runs of spaces), decimal mark, header,
   * comment lines and what stands between thousands are found out where they are left out; `read_as` and `notes` say what
   * was. Progress counts bytes of both passes. Takes 8 bytes a number and 2 a word, and as much again in `dataset`.
   * Rejects with 'bad_table', which says line (as an editor counts), column, cell and what to do; 'invalid_param',
   * 'out_of_memory', 'aborted'.
   */
  readTable(source: string | Blob | ArrayBuffer | Uint8Array, options?: ReadTableOptions): Promise<Table>;
  /**
   * Rows as a classifier takes them, and labels. A category column becomes codes (`columns` has its categories, in the order
   * of their code points), a gap NaN. With `like` columns are found by name, and codes and labels are that model's; a
   * category that it does not know has the code categories.length. Labels are ordered as numbers where each cell of the
   * target is a whole number in one plain way of writing (7, or 7.0), else as text; none are merged.
   * Rejects with 'bad_table' where a column cannot be used so (a continuous target, one class, another label in each row,
   * a gap in the target, infinity in a feature, too many different texts, columns that `like` misses, a target where the
   * model of `like` has no class_names), 'invalid_param', 'out_of_memory', 'aborted'.
   */
  dataset(table: Table, options: DatasetOptions): Promise<Dataset>;
  /**
   * Labels of a table's rows, by a model that was fitted to a table's dataset, and the table as it is written, as CSV in
   * UTF-8, with its own delimiter: names in the first line, comment lines and empty records left out, and two more kinds of
   * columns, `prediction` (the class's name) and, where the model has probabilities, `proba_<class>`, the shortest number
   * that is read back to the same. Rejects as dataset and predict do.
   */
  predictTable(model: Model, table: Table, options?: PredictOptions): Promise<{ y: Int32Array; csv: Blob }>;
  /**
   * A table of numbers with a column of labels, the last where `target` (a column's name, or its number from 0) is left
   * out. text: CSV; header and delimiter (',', ';' or tab) are found out where they are left out. standardise: each
   * feature to mean 0 and variance 1 over all rows. Labels become 0, 1, … in the order of class_names. Rejects with
   * 'bad_csv', which says the line or that there is no such target; 'invalid_param', 'out_of_memory'.
   */
  readCsv(
    text: string | Blob,
    options?: { target?: string | number; header?: boolean; delimiter?: string; standardise?: boolean },
  ): Promise<Dataset>;

  // -- training ----------------------------------------------------------
  /**
   * Trains an estimator on all rows of X and a label a row, on all threads, in steps of about 60 ms (smartcore's fits
   * cannot pause: they have a worker of their own where they may be long). Progress counts units: a forest's trees, else 1.
   * Rejects with 'invalid_param' and the `setting` at fault, 'not_found' for another estimator, 'shape_mismatch',
   * 'too_few_classes', 'non_finite' where a forest cannot read a number, 'out_of_memory', 'aborted'.
   */
  fit(spec: EstimatorSpec, X: Matrix, y: Int32Array, run?: RunOptions): Promise<Model>;
  /**
   * scikit-learn's GridSearchCV with refit: every candidate of the grid on every fold, all fits in one queue over all
   * threads, then the best candidate on all rows; equal scores go to the first. Costs n_candidates × cv + 1 fits, and no
   * copy of X. Progress and errors as in fit; a candidate that cannot be fitted has NaN scores and its `error`, and only
   * where none can be the call rejects. Rejects with 'invalid_param' also for an empty grid, or more folds than
   * any class has rows.
   */
  gridSearchCV(spec: GridSearchSpec, X: Matrix, y: Int32Array, run?: RunOptions): Promise<GridSearchResult>;
  /**
   * Reads what Model.save wrote, from anywhere: everything in it is checked before it is used.
   * Rejects with 'bad_model_file', which says whether it is none, of another format, damaged, or a pickle.
   */
  loadModel(bytes: Uint8Array): Promise<Model>;

  // -- inference ---------------------------------------------------------
  /**
   * A label a row, the same for every strategy. Takes 4 bytes a row, and where rows go by message a copy of the slices
   * under way. Rejects with 'shape_mismatch' where X has another number of columns than in training, 'non_finite' where a
   * forest cannot read a row, 'invalid_param' for more threads than there are, 'threads_unavailable' and
   * 'workers_unavailable' where the tier has none, 'out_of_memory', 'aborted'.
   */
  predict(model: Model, X: Matrix, options?: PredictOptions): Promise<Prediction>;
  /**
   * Times strategies over batch sizes and judges from which size each pays: rounds over all sizes, serial and a strategy
   * side by side, every label of every call compared with serial's. Lasts as long as the budgets allow. Rejects as
   * predict does, and with 'invalid_param' for fewer rows in X than the largest batch unless `repeat_rows`.
   */
  measure(spec: MeasureSpec, run?: MeasureOptions): Promise<MeasureReport>;
  /** Measures several models together, each round across all of them, and can go on from where it stopped. */
  measurement(spec: MeasurementSpec): Measurement;

  /** Ends every worker and frees the memory. Calls still open reject with code 'disposed'. */
  dispose(): Promise<void>;
}

export interface RunOptions {
  signal?: AbortSignal;
  /** left_ms: the time that is left at most, where it is known. */
  onProgress?: (p: { stage: string; done: number; total: number; detail?: string; left_ms?: number }) => void;
}

export interface MeasureOptions extends RunOptions {
  /** The report so far, after each round: a verdict early, which then tightens. */
  onReport?: (partial: MeasureReport) => void;
}

/** What a column of a matrix holds. */
export interface Column {
  name: string;
  /** number: numbers as they are. category: whole numbers, each the place of a category in `categories`. */
  kind: 'number' | 'category';
  /**
   * The names of the categories in the order of their codes, each once; null of numbers. scikit-learn has them in ascending
   * order. A cell may also be categories.length, which is any other category, or NaN, a gap.
   */
  categories: string[] | null;
}

export interface Matrix {
  readonly n_rows: number;
  readonly n_cols: number;
  /** What its columns are, where that is known; null where it was made of numbers alone. */
  readonly columns: readonly Column[] | null;
  /** Row-major copy, 8 bytes a number. Rejects with 'out_of_memory' where there is no room for it. */
  toArray(): Promise<Float64Array>;
  /** Gives the memory back; calls that were made before still have it, later ones reject with 'disposed'. */
  free(): void;
}

export interface Dataset {
  X: Matrix;
  y: Int32Array;
  feature_names: string[];
  /** class_names[y[i]] is the label of row i. */
  class_names: string[];
  /** What the columns of X are; X keeps them through split, tile and folds. */
  columns: readonly Column[];
  /** Of a table's: which columns and rows were left out, a sentence each. */
  notes?: string[];
}

export interface ReadTableOptions extends RunOptions {
  /** Whether the first record holds names. */
  header?: boolean;
  /** One ASCII character; ' ' is any run of spaces. */
  delimiter?: string;
  decimal?: '.' | ',';
  /** A name that TextDecoder knows. */
  encoding?: string;
  /**
   * How gaps are written, beside empty cells. Default: NA, N/A, n/a, NaN, nan, null, NULL, None, ?, -, ., #N/A, <NA> and
   * missing. In a target of words NA, N/A, n/a, NaN, nan, null, NULL, None and missing are names of classes, unless they are
   * said here.
   */
  missing_values?: string[];
}

/** A column of a table, over all its rows. */
export interface TableColumn {
  /** As it is in the table; 'column_2' where it has none, 'a.1' for a second 'a'. */
  name: string;
  unnamed?: true;
  /** number: each cell but the gaps is a number. category: all else, true and false, dates and codes among it. */
  kind: 'number' | 'category';
  n_missing: number;
  /** Different cells; 65 536, and many_distinct, where there are that many or more. */
  n_distinct: number;
  many_distinct?: true;
  /** Of the finite numbers. */
  min?: number;
  max?: number;
  mean?: number;
  /** Cells that are infinite or beyond a double, because of which it can be no feature. */
  n_infinite?: number;
  /** All numbers are whole. */
  whole?: true;
  /** And they are not all written in one plain way: 0117 beside 117. As labels each way of writing is one of its own. */
  codes?: true;
  /** Up to 20, the most frequent first; none where there are many. */
  most_frequent?: { value: string; count: number }[];
  /** Words, such as NA, that are gaps in a feature and among n_missing; in a target of words they are names of classes. */
  gap_words?: { value: string; count: number }[];
  /** Counts in bins of equal width. */
  histogram?: { from: number; to: number; counts: number[] };
  /** A category column with more than 65 536 different texts: it can be no feature and no target. */
  too_many?: true;
  /** It has no name, or that of an index, and counts rows: no feature unless it is asked for. */
  counter?: true;
  /** What stands between thousands, and the sign of money or percent that each cell has. */
  thousands?: string;
  sign?: string;
  /** Of a category column with numbers among its cells: how many, and the first cell that is none. */
  n_numbers?: number;
  odd_cell?: { line: number; value: string };
}

export interface Table {
  readonly n_rows: number;
  readonly columns: readonly TableColumn[];
  /** How it was read; comment: what lines that are left out begin with; first_line: where the table begins. */
  readonly read_as: {
    delimiter: string;
    decimal: string;
    encoding: string;
    header: boolean;
    comment?: string;
    first_line: number;
  };
  /** What was guessed or left out, a sentence each. */
  readonly notes: readonly string[];
  /** Cells of rows `from` to before `to`, as they are written, their quotes undone; two million cells at most. */
  rows(from: number, to: number, run?: RunOptions): Promise<string[][]>;
  /** As Matrix.free. */
  free(): void;
}

export interface DatasetOptions extends RunOptions {
  /** The column of labels, by its name, or its number from 0. With `like` it may be left out, and is where the
   *  model has no class_names: y is then empty. */
  target?: string | number;
  /** In order. Default: all but the target, and without columns that only count rows or have too many different texts. */
  features?: (string | number)[];
  /** true: rows with a gap in any column that is used are left out. 'target': those without a label. */
  drop_missing?: boolean | 'target';
  /** A model whose columns these are to be. */
  like?: Model;
}

/** Names and defaults are those of scikit-learn 1.9's make_classification: where left out, n_informative 2, n_redundant 2,
 *  n_repeated 0, n_classes 2, n_clusters_per_class 2, weights null (equal), flip_y 0.01, class_sep 1, hypercube true,
 *  shift 0, scale 1, shuffle true. What does not go together rejects with 'invalid_param' and the setting. */
export interface MakeClassification {
  n_samples: number;
  n_features: number;
  n_informative?: number;
  n_redundant?: number;
  n_repeated?: number;
  n_classes?: number;
  n_clusters_per_class?: number;
  weights?: number[] | null;
  flip_y?: number;
  class_sep?: number;
  hypercube?: boolean;
  /** One number, one for each feature, or null: drawn at random. */
  shift?: number | number[] | null;
  scale?: number | number[] | null;
  shuffle?: boolean;
  random_state: number;
}

export type EstimatorName =
  | 'GaussianNB'
  | 'LogisticRegression'
  | 'LinearSVC'
  | 'RandomForestClassifier'
  | 'KNeighborsClassifier'
  | 'SVC'
  | 'DecisionTreeClassifier';

export interface EstimatorSpec {
  estimator: EstimatorName;
  /** scikit-learn's names and defaults: { C: 1, penalty: 'l1', l1_ratio: 0.5, n_estimators: 100, random_state: 0, ... }.
   *  A whole get_params() may be pasted: what says nothing here is taken with its default, anything else of it refused by
   *  name. JavaScript has no 1.0: where Python tells a count from a share (max_features, max_samples, min_samples_split,
   *  min_samples_leaf), a number between 0 and 1 is a share, 1 is a count, and the text '1.0' is the share that is all;
   *  all features are max_features: null, too. No penalty is C: Infinity or penalty: null; JSON has no infinity, there it is
   *  the text 'inf' (or 1e999). class_weight: 'balanced' or a weight for each class by its number in y, { '0': 1, '1': 60 },
   *  of LogisticRegression, LinearSVC and RandomForestClassifier (which draws rows by it, as scikit-learn 1.9 does); by its
   *  name, { no: 1, yes: 60 }, where the matrix has names of classes.
   *  random_state: null draws a fresh seed where anything is drawn, and the model's params show it; left out it is 0. */
  params?: Record<string, ParamValue>;
  /** Whose code trains and predicts. 'smartcore' for the estimators that it has. Default 'breakeven' where it exists. */
  backend?: 'breakeven' | 'smartcore';
  /** How rows are prepared in front of it; left out: not at all, and gaps and categories are refused by their column's name. */
  preprocess?: Preprocess;
}

/**
 * Rows as they are in a table, made what a classifier reads: scikit-learn 1.9.1's ColumnTransformer, number columns first,
 * then category columns, each in their order. It is learnt of the training rows of each fold alone, and kept in the model
 * and its file: the model then takes rows as they were before. `{}` is all of it, by the defaults.
 *
 * A column that is nothing but gaps in the training rows is left out. Number columns whose sums or squares overflow are
 * refused by name where that is needed; so is, in a prediction, a number too large to be scaled. In a search all rows are
 * prepared once a fold, one fold after the other, which takes 8 bytes a number.
 */
export interface Preprocess {
  /**
   * SimpleImputer: what fills gaps of number columns; those of category columns get the most frequent, of several the first.
   * null: nothing does. A gap in a number column is then refused by name, and in a category column it is a category of its
   * own. Default 'mean'.
   */
  impute?: 'mean' | 'median' | 'most_frequent' | null;
  /**
   * OneHotEncoder(handle_unknown='ignore'): a column of 0 and 1 for each category of the training rows; any other is 0 in all.
   * false: one column, the category's place among those of the training rows, not scaled, -1 for any other:
   * OrdinalEncoder(handle_unknown='use_encoded_value', unknown_value=-1); gaps have to be filled. Default true.
   */
  one_hot?: boolean;
  /** OneHotEncoder's: so many columns for a category column at most, the last for all rare ones together, from 1. As there,
   *  where a column has just so many categories, the rarest alone is called rare. Default: all. */
  max_categories?: number;
  /** StandardScaler: number columns to mean 0 and variance 1; constant ones, up to rounding errors, to 0. Default true. */
  scale?: boolean;
}

/** A setting: `Record` for class_weight, a list for priors. */
export type ParamValue = number | string | boolean | number[] | Record<string, number> | null;

export interface GridSearchSpec extends EstimatorSpec {
  /** One grid or several, as scikit-learn's ParameterGrid. */
  param_grid: Record<string, unknown[]> | Record<string, unknown[]>[];
  /** Stratified folds, not shuffled. Default 5. */
  cv?: number;
  /**
   * What candidates are compared by, as scikit-learn 1.9.1's scorer of the name; more is better. Default 'accuracy'.
   * balanced_accuracy: the mean over classes of the share of their rows that are right. f1_macro: the mean over classes of
   * F1. roc_auc: the area under the ROC curve, of two classes only, by margins where the estimator has them, else by
   * probabilities. neg_log_loss: minus the mean log loss of probabilities, which LinearSVC and SVC have not.
   * Where a fold's test rows lack a class, roc_auc and neg_log_loss are NaN there, as scikit-learn's are, and `error` says so;
   * where that leaves no candidate a score the call rejects with 'invalid_param' (scikit-learn takes the first one then).
   */
  scoring?: Scoring;
}

export type Scoring = 'accuracy' | 'balanced_accuracy' | 'f1_macro' | 'roc_auc' | 'neg_log_loss';

export interface GridSearchResult {
  best_params: Record<string, unknown>;
  best_score: number;
  best_index: number;
  best_estimator: Model;
  cv_results: {
    params: Record<string, unknown>[];
    split_test_score: number[][]; // [candidate][fold]
    mean_test_score: number[];
    std_test_score: number[];
    rank_test_score: number[];
    mean_fit_time_ms: number[];
    /** null, or why this candidate could not be fitted, or scored; its scores are then NaN. */
    error: (string | null)[];
  };
  /** Search and refit together, wall clock. */
  training_time_ms: number;
  refit_time_ms: number;
  /** What a reader of the scores should know: that a class has fewer rows than there are folds. */
  notes: string[];
}

export interface Model {
  readonly estimator: EstimatorName;
  /** The settings that were given, but for those that say nothing (n_jobs, verbose, null for a default); the seed drawn. */
  readonly params: Record<string, unknown>;
  readonly classes: Int32Array;
  readonly n_features_in: number;
  /** What the columns of the training rows were, and their names; null where they were numbers without names. */
  readonly columns: readonly Column[] | null;
  readonly feature_names: string[] | null;
  /** class_names[label] is the name of a label, one of `classes`; null where the training rows had none, or not for each label. */
  readonly class_names: string[] | null;
  /** Fitted attributes under scikit-learn's names without the trailing underscore:
   *  coef [n_classes or 1][n_features], intercept, n_iter, objective; theta, var, class_prior;
   *  for SVC support_vectors, n_support, dual_coef, intercept, gamma, fit_status (1: not converged within tol);
   *  with preprocess preprocess: { feature_names_out: names of the columns that the others are of; statistics, mean, scale: of
   *  each number column what fills its gaps, is taken away and divided by; most_frequent, categories ('nan': a gap) and
   *  infrequent_categories of each category column }, without columns that were nothing but gaps;
   *  for forests and trees trees: { feature, threshold, children_left, children_right, value }[] in scikit-learn's node order;
   *  for RandomForestClassifier feature_importances [n_features], and with oob_score: true oob_score, oob_decision_function
   *  [n training rows][n_classes] (up to a million numbers, else left out) and n_never_out_of_bag: rows that every tree has
   *  drawn, which have shares of 0 and count for the first class, as in scikit-learn, which warns of them. */
  attributes(): Promise<Record<string, unknown>>;
  /**
   * Probabilities, n_rows * n_classes, row-major: of row i and classes[k] at i * n_classes + k. Bit for bit the same in
   * every tier.
   *
   * In the threads tier on all threads of the engine, else on one; for about 60 ms at a time, after which progress is
   * told, in rows, and a cancel is heard. Takes 8 bytes a number twice while it runs.
   * Rejects with 'invalid_param' where the estimator has no probabilities (LinearSVC, SVC), 'shape_mismatch' where X has
   * another number of columns than in training, 'non_finite' where a forest cannot read a row, 'out_of_memory' before any
   * row is predicted where there is no room for the answer, 'aborted'.
   */
  predictProba(X: Matrix, run?: RunOptions): Promise<Float64Array>;
  /**
   * Margins, as scikit-learn's decision_function: n_rows for two classes, above 0 for classes[1]; else n_rows * n_classes,
   * row-major. Of LogisticRegression, LinearSVC and SVC; others reject with 'invalid_param'. Where, at what cost and with
   * which other errors: as predictProba.
   */
  decisionFunction(X: Matrix, run?: RunOptions): Promise<Float64Array>;
  /**
   * The fraction, from 0 to 1, of rows whose predicted label is that of y; NaN where there are none. y: a label a row of
   * X, else 'shape_mismatch'. Where, at what cost and with which other errors: as predictProba; it takes 4 bytes a row beside y.
   */
  score(X: Matrix, y: Int32Array, run?: RunOptions): Promise<number>;
  /**
   * How many rows of each class were predicted to be of which: n_classes * n_classes, row-major. Those of classes[i] that
   * were predicted to be classes[j] are at i * n_classes + j: scikit-learn's confusion_matrix(y, predict(X), labels=classes).
   * y: a label a row of X, else 'shape_mismatch'; one that is no class of the model rejects with 'invalid_param' before any
   * row is predicted. Where, at what cost and with which other errors: as score. `classificationReport` makes precision
   * and recall of it.
   */
  confusionMatrix(X: Matrix, y: Int32Array, run?: RunOptions): Promise<Int32Array>;
  /** A self-describing, versioned, checksummed file: settings, labels and what was learnt. loadModel reads it. */
  save(): Promise<Uint8Array>;
  /** As Matrix.free. */
  free(): void;
}

/**
 * serial   one thread, one call.
 * threads  shared memory, rows split over the pool            (joblib: prefer='threads')
 * workers  isolated workers, rows copied by message           (joblib: prefer='processes')
 * async    handed to a worker and awaited, the page stays free (asyncio: run_in_executor)
 * auto     the strategy that this machine's measured costs say is fastest for this batch
 */
export type Strategy = 'serial' | 'threads' | 'workers' | 'async' | 'auto';

/** Progress is told in rows: after each step of about 60 ms, of 'workers' and 'async' after each slice. */
export interface PredictOptions extends RunOptions {
  strategy?: Strategy;
  /** Threads, or isolated workers, to spread over. Default: the engine's. More threads than its pool has are refused. */
  n_threads?: number;
  /** Slices the rows are cut into. Default: as many as suit; for async 1, more are tasks awaited together. */
  n_slices?: number;
  /** Threads of each isolated worker, which then has a pool of its own: pools within pools, to see what they cost.
   *  Default 1. */
  threads_per_worker?: number;
}

export interface Prediction {
  /** Class per row, in row order for every strategy. */
  y: Int32Array;
  strategy_used: Exclude<Strategy, 'auto'>;
  /** Threads or workers that the batch was spread over: those that `auto` chose, else those that might take part. */
  n_threads_used: number;
  wall_ms: number;
  /** Time the threads spent inside the task, summed: an upper bound on CPU time. */
  busy_ms: number;
}

export interface MeasureSpec {
  model: Model;
  strategies: Strategy[];
  batch_sizes: number[];
  /** Rows to predict; generated with make_classification where left out. */
  X?: Matrix;
  n_threads?: number;
  /** Numbers of threads, from 2 to those of the pool, of which 'threads' has points, a line of cost and a break-even
   *  each, told apart by a point's `n_threads` and otherwise in ascending order. Default: n_threads alone. */
  thread_counts?: number[];
  /** As in PredictOptions. */
  n_slices?: number;
  threads_per_worker?: number;
  /** hot: calls back to back. parked: after the pool has gone to sleep. Default hot. */
  pool?: 'hot' | 'parked';
  /** A point's time at most, ms, over all rounds. Default 1000. Where there is no break-even to know, a point stops at 2 %
   *  and min_samples, 20 by default. */
  min_samples?: number;
  budget_ms?: number;
  /** Time for the whole measurement at most, ms: within it rounds go on until `precision` is reached. Default: what the
   *  points' budgets allow. */
  total_ms?: number;
  /** Stop once every break-even's interval is this narrow, high / low, or two rows wide. Default 1.3. */
  precision?: number;
  /** Rounds over all sizes at least, where the budgets allow. Default 5. */
  min_rounds?: number;
  /** Batches of more rows than this are measured in one round only, and flagged 'once'. Default: those are whose calls
   *  are too long for their budget. */
  once_above_rows?: number;
  random_state?: number;
  /** Sizes added for each strategy at most, beside its break-even. Default 5. */
  max_bisections?: number;
  /** The rule that the automatic choice is compared with: parallel from this many rows. Default 10000. */
  cutoff_rows?: number;
  /** Batches longer than X repeat its rows in turn, a part after the other, and are flagged 'streamed'. Default false:
   *  they are refused. Rows that are generated are streamed by themselves where there is no memory for all. */
  repeat_rows?: boolean;
}

export type MeasurementSpec = Omit<MeasureSpec, 'model'> & { models: Record<string, Model> };

export interface Measurement {
  /**
   * Measures until every break-even is as narrow as `precision`, or the time is over. Called again it goes on: for another
   * `total_ms`, to a narrower `precision`, with `batch_sizes` added. The models and X must still be there.
   */
  go(options?: MeasurementOptions): Promise<Record<string, MeasureReport>>;
  /** Ends what it holds; a call that is open is cancelled. */
  free(): void;
}

export interface MeasurementOptions extends RunOptions {
  total_ms?: number;
  precision?: number;
  batch_sizes?: number[];
  /** As in MeasureOptions, by model; of several models only those that have been measured so far. */
  onReport?: (partial: Record<string, MeasureReport>) => void;
}

export interface MeasurePoint {
  strategy: Strategy;
  /** What was done: the automatic choice's choice, else the strategy itself. Not kept in shared results. */
  strategy_used?: Exclude<Strategy, 'auto'>;
  n_rows: number;
  /** Threads or workers that might take part. */
  n_threads: number;
  /** Those that the automatic choice took, else the same. Not kept in shared results. */
  n_threads_used?: number;
  n_samples: number;
  /** Rounds that they come from. */
  n_rounds: number;
  median_ms: number;
  mad_ms: number;
  min_ms: number;
  /** Nineteen in twenty samples took no longer. A sample of short calls is their mean. */
  p95_ms: number;
  /** Interval of the median between rounds, 95 %. */
  ci95_ms: [number, number];
  /** Median distance of the rounds' medians from the middle one, as a share of it. */
  between_rounds: number;
  rows_per_s: number;
  busy_ms: number;
  /** busy / wall: 1 is one core kept busy; the browser's stand-in for CPU time / wall time. */
  busy_per_wall: number;
  /** Where the wall time went. Sums to median_ms within its interval. */
  stages_ms: { send: number; compute: number; gather: number; wait: number };
  /** Every row equal to serial's, order included. A point that is not equal is an error, not a time. */
  equal_to_serial: boolean;
  /** Reasons not to trust this point: 'clock_saturated', 'page_hidden', 'noisy', 'few_samples', 'once' (measured in one
   *  round only), 'drift' (samples without all the cores, or beside a change of the machine's pace, were left out); and 'streamed' where rows were
   *  repeated. */
  flags: string[];
}

/** How much longer a rule's calls take than the best strategy's: 0.02 is 2 %. */
export interface Regret {
  /** Geometric mean over the sizes. */
  mean: number;
  worst: number;
  worst_n_rows: number;
}

/** From which batch size a strategy is faster than serial, and up to which. */
export interface BreakEven {
  strategy: Strategy;
  /** As in a point; not kept in shared results. */
  n_threads?: number;
  /** pays: from n_rows on. never_pays: at every size measured it is slower. unclear: the measurements do not decide. */
  verdict: 'pays' | 'never_pays' | 'unclear';
  n_rows: number | null;
  /** The largest batch at which it is faster, where it is not at larger ones; null: up to the largest measured. */
  to_rows: number | null;
  /** Interval of n_rows, 95 %, between rounds. */
  ci95: [number, number] | null;
  /** Why it is unclear: the page was hidden whenever it was measured, other programs took the cores, the clock is too
   *  coarse, there was no time for enough rounds, or the ratio is too close to 1. null where it is not. */
  reason: 'page_hidden' | 'cores_taken' | 'clock' | 'budget' | 'noise' | null;
}

/** How many times as much work as one thread alone n_threads threads did together, probed in each round. */
export interface Capacity {
  n_threads: number;
  median_cores: number;
  worst_cores: number;
  n_rounds: number;
  /** Rounds that got fewer than the best one did. What was measured while the cores were not there is left out of the
   *  break-evens, sample by sample where the engine’s own threads can tell, else round by round. */
  n_disturbed: number;
  /** What handing work to all threads took where they were near each other, at the median. */
  hand_over_us?: number;
  /** The share of the samples in which it took over 1.8 times as long as at its best: cores that share no cache, for
   *  one. They are left out of the break-evens, too. */
  apart?: number;
}

export interface MeasureReport {
  points: MeasurePoint[];
  /** overhead_us + ns_per_row * n_rows, fitted to the points of one strategy. worst_residual: 0.1 is a tenth of the time
   *  at the size that the line fits worst. n_threads as in a point; not kept in shared results. */
  cost_model: {
    strategy: Strategy;
    n_threads?: number;
    overhead_us: number;
    ns_per_row: number;
    r2: number;
    worst_residual?: number;
  }[];
  /** Of each strategy that can pay; async with one slice and auto cannot. */
  break_even: BreakEven[];
  /** null where one thread was asked for. */
  capacity: Capacity | null;
  /** Rounds over the sizes, and starts of the engine that they are spread over. */
  n_rounds: number;
  n_loads: number;
  /** The automatic choice beside the best one, and beside the rule 'threads (workers where there are none) from
   *  cutoff_rows rows'; null where they were not all measured. */
  auto_regret?: { n_sizes: number; auto: Regret; cutoff_rows: number; cutoff: Regret } | null;
  /** Points left out, and why. */
  notes: string[];
  environment: Environment;
}

/** The experiment of the notebook, as the page, the URL hash and `npm run experiment` know it.
 *  Every field has a default: {} is the notebook (random_state 0 for the data, 2020 for the split, 1 for the inference rows). */
export interface Experiment {
  data?:
    | Partial<MakeClassification> // 10000 x 10
    | { dataset: 'iris' | 'breast_cancer' | 'digits'; standardise?: boolean }
    | OwnTable
    /** A table as text: numbers, and a column of labels, the last where `target` is left out. */
    | { csv: string; target?: string | number; standardise?: boolean };
  split?: { test_size?: number; random_state?: number; stratify?: boolean };
  /** By short name, in order: NB, LR, SVC, RF in the notebook. Names alone, 'NB RF' or ['NB', 'RF'], are the notebook's. */
  classifiers?: Record<string, GridSearchSpec> | string | readonly string[];
  inference?: { n_samples?: number; random_state?: number }; // 20000
  sweep?: {
    models?: string[];
    strategies?: Strategy[];
    batch_sizes?: number[];
    pool?: 'hot' | 'parked';
    budget_ms?: number;
    /** quick: a first verdict in seconds, batches of 10 to 10^6 rows. thorough: the notebook's 10 to 10^7; what {} means.
     *  The page begins with quick. */
    preset?: 'quick' | 'thorough';
  };
  n_threads?: number;
}

/**
 * A table of the visitor's own, read as readTable does. Its columns are prepared in front of each classifier: learnt on the
 * training rows of each fold alone, and kept in the model's file.
 */
export type OwnTable = OwnTableSettings &
  ({ file: Blob | string; src?: undefined } | { src: string; file?: undefined });

/** file: its content; in a file of settings and in a report its name, beside that file. src: in place of that where it lies, an
 *  address of the page's own origin. */
export interface OwnTableSettings {
  /** The column of labels, by name, or number from 0. Default: found by its name (class, target, label, …) and what it holds. */
  target?: string | number;
  /** As in dataset. */
  features?: (string | number)[];
  /** As in dataset. Default 'target'. */
  drop_missing?: boolean | 'target';
  /** Default {}: gaps filled, categories one-hot, numbers scaled. null: rows as they are. A classifier's own goes before it. */
  preprocess?: Preprocess | null;
  /** How it is read, where that is not to be found out. */
  read?: Pick<ReadTableOptions, 'header' | 'delimiter' | 'decimal' | 'encoding' | 'missing_values'>;
  /** In a report, what it is known by: bytes, and SHA-256 in hexadecimal (of tables up to 64 MB, on secure pages). */
  size?: number;
  sha256?: string;
}

/** The experiment of a report: complete, but for a table of the visitor's own where that is left out. */
export type ReportedExperiment = Required<Omit<Experiment, 'data' | 'classifiers'>> & {
  classifiers: Record<string, GridSearchSpec>;
  data: Required<Experiment>['data'] | { csv: null; target?: number; standardise?: boolean };
};

export interface Report {
  format: 'breakeven-report';
  version: number;
  environment: Environment;
  experiment: ReportedExperiment;
  /** Of a table of the visitor's own: whether this report holds it. Left out, neither a cell nor a name of a column or of
   *  a class is in it, and the experiment cannot be run again without the table. Other data have no such field. */
  table?: 'included' | 'left_out';
  training: {
    classifier: string;
    estimator: EstimatorName;
    training_time_ms: number;
    train_acc: number;
    test_acc: number;
    best_params: Record<string, unknown>;
    best_score: number;
    cv_results: GridSearchResult['cv_results'];
  }[];
  /** Direct prediction of the inference rows: is it parallel already? */
  inference: {
    classifier: string;
    n_rows: number;
    wall_ms: number;
    busy_ms: number;
    busy_per_wall: number;
    sentence: string;
  }[];
  sweeps: Record<string, MeasureReport>;
  verdict: string;
  total_ms: number;
}
