/**
 * One table of the experiment's settings. The defaults, the check of untrusted input, the URL and the form are all
 * made from it, so that a setting is written down once.
 */

export type Section = 'data' | 'split' | 'inference' | 'sweep';

interface Common {
  section: Section | null;
  name: string;
  label: string;
  /** What the form says beneath the field, and in which unit. */
  hint?: string;
}

export interface NumberProperty extends Common {
  kind: 'integer' | 'number';
  min: number;
  max: number;
  /** null: no fixed default (n_redundant follows n_features; n_threads follows the machine). */
  fallback: number | null;
}

export interface BooleanProperty extends Common {
  kind: 'boolean';
  fallback: boolean;
}

export interface ChoiceProperty extends Common {
  kind: 'choice';
  choices: readonly string[];
  fallback: string;
}

/** null where the default follows the classifiers. */
export interface WordsProperty extends Common {
  kind: 'words';
  choices: readonly string[] | null;
  fallback: readonly string[] | null;
}

/** null where the default follows another setting. */
export interface IntegersProperty extends Common {
  kind: 'integers';
  min: number;
  max: number;
  fallback: readonly number[] | null;
}

export type Property = NumberProperty | BooleanProperty | ChoiceProperty | WordsProperty | IntegersProperty;

export const DATASETS = ['iris', 'breast_cancer', 'digits'] as const;
export const STRATEGIES = ['serial', 'threads', 'workers', 'async', 'auto'] as const;
export const BATCH_SIZES = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000] as const;
export const PRESETS = ['quick', 'thorough'] as const;
/** The notebook's sizes, and those of a verdict in seconds. */
export const PRESET_SIZES: Record<(typeof PRESETS)[number], readonly number[]> = {
  quick: BATCH_SIZES.filter((n_rows) => n_rows <= 1_000_000),
  thorough: BATCH_SIZES,
};
export const MAX_SEED = 4_294_967_295;

const integer = (
  section: Section | null,
  name: string,
  label: string,
  fallback: number | null,
  min: number,
  max: number,
  hint?: string,
): NumberProperty => ({ section, name, label, kind: 'integer', fallback, min, max, ...(hint ? { hint } : {}) });

const real = (section: Section, name: string, label: string, fallback: number, min: number, max: number) =>
  ({ section, name, label, kind: 'number', fallback, min, max }) as const;

const yes_no = (section: Section, name: string, label: string, fallback: boolean) =>
  ({ section, name, label, kind: 'boolean', fallback }) as const;

/** Generated data: make_classification's parameters and scikit-learn's defaults, at the notebook's size. */
export const GENERATOR: readonly (NumberProperty | BooleanProperty)[] = [
  integer('data', 'n_samples', 'Samples', 10_000, 20, 1_000_000, 'rows to train and test on'),
  integer('data', 'n_features', 'Features', 10, 1, 1000),
  integer('data', 'n_informative', 'Informative', 2, 1, 1000, 'features that tell the class'),
  integer('data', 'n_redundant', 'Redundant features', null, 0, 1000),
  integer('data', 'n_repeated', 'Repeated features', 0, 0, 1000),
  integer('data', 'n_classes', 'Classes', 2, 2, 100),
  integer('data', 'n_clusters_per_class', 'Clusters per class', 2, 1, 100),
  real('data', 'flip_y', 'Share of labels drawn anew', 0.01, 0, 1),
  real('data', 'class_sep', 'Class separation', 1, -1000, 1000),
  yes_no('data', 'hypercube', 'Clusters on a hypercube', true),
  real('data', 'shift', 'Shift', 0, -1e6, 1e6),
  real('data', 'scale', 'Scale', 1, -1e6, 1e6),
  yes_no('data', 'shuffle', 'Shuffle', true),
  integer('data', 'random_state', 'Data seed', 0, 0, MAX_SEED),
];

/** A data set that ships with the engine, instead of generated data. */
export const DATASET: readonly (ChoiceProperty | BooleanProperty)[] = [
  { section: 'data', name: 'dataset', label: 'Data', kind: 'choice', choices: DATASETS, fallback: 'iris' },
  yes_no('data', 'standardise', 'Standardise features', true),
];

export const OTHERS: readonly Property[] = [
  { ...real('split', 'test_size', 'Test share', 0.2, 0.01, 0.99), hint: 'of the rows' },
  integer('split', 'random_state', 'Split seed', 2020, 0, MAX_SEED),
  yes_no('split', 'stratify', 'Keep class shares in the split', false),
  integer('inference', 'n_samples', 'Inference rows', 20_000, 1, 10_000_000),
  integer('inference', 'random_state', 'Inference seed', 1, 0, MAX_SEED),
  { section: 'sweep', name: 'models', label: 'Models to sweep', kind: 'words', choices: null, fallback: null },
  {
    section: 'sweep',
    name: 'strategies',
    label: 'Strategies',
    kind: 'words',
    choices: STRATEGIES,
    fallback: ['serial', 'threads', 'workers', 'async'],
  },
  {
    section: 'sweep',
    name: 'batch_sizes',
    label: 'Batch sizes',
    kind: 'integers',
    min: 1,
    max: 10_000_000,
    fallback: null,
    hint: 'by itself 10 to 1,000,000 in a quick sweep, to 10,000,000 in a thorough one',
  },
  {
    section: 'sweep',
    name: 'preset',
    label: 'Sweep',
    kind: 'choice',
    choices: PRESETS,
    fallback: 'thorough',
    hint: 'quick: a first verdict in seconds, larger batches once',
  },
  { section: 'sweep', name: 'pool', label: 'Pool', kind: 'choice', choices: ['hot', 'parked'], fallback: 'hot' },
  integer('sweep', 'budget_ms', 'Time per point', 1000, 10, 60_000, 'ms at most, for each strategy and batch size'),
  integer(null, 'n_threads', 'Threads', null, 1, 256),
];

export const PROPERTIES: readonly Property[] = [...GENERATOR, ...DATASET, ...OTHERS];

/** How messages and the URL name a setting: "data.n_samples", "n_threads". */
export function pathOf(property: { section: Section | null; name: string }): string {
  return property.section === null ? property.name : `${property.section}.${property.name}`;
}

export function propertyAt(path: string): Property | undefined {
  return PROPERTIES.find((property) => pathOf(property) === path);
}
