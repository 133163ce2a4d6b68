/** What is told of a model beside its file: which tables it takes, what it tells apart. */
import type { Model, OwnTableSettings } from '../api/types.js';

/** Names that are kept of columns, and of classes: nobody reads more. */
const MOST_NAMES = 100;

export interface ModelFacts {
  estimator: string;
  n_features: number;
  /** What the first columns that it takes are called; null where it was trained on rows without names. */
  features: string[] | null;
  n_classes: number;
  /** Names of the first classes, else their labels. */
  classes: string[];
  /** The column that it learnt to tell, where there was one by a name. */
  target?: string;
  /** The data whose features were standardised before: it takes only rows that are. */
  standardised?: string;
  /** How its own table was read, where that was said. */
  read?: OwnTableSettings['read'];
}

type Known = Pick<ModelFacts, 'target' | 'standardised' | 'read'>;

export function factsOf(
  { estimator, n_features_in, feature_names, class_names, classes }: Model,
  known: Known = {},
): ModelFacts {
  const names = Array.from(classes.subarray(0, MOST_NAMES), (label) => class_names?.[label] ?? String(label));
  return {
    ...{ estimator, n_features: n_features_in, features: feature_names?.slice(0, MOST_NAMES) ?? null },
    ...{ n_classes: classes.length, classes: names },
    ...known,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;
const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

/** Facts as they were kept, perhaps by another version; null where they are none. */
export function readFacts(value: unknown): ModelFacts | null {
  if (typeof value !== 'object' || value === null) return null;
  const { estimator, n_features, features, n_classes, classes, target, standardised, read } = value as ModelFacts;
  if (!isText(estimator) || !isCount(n_features) || !isCount(n_classes) || !areTexts(classes)) return null;
  if (features !== null && !areTexts(features)) return null;
  return {
    ...{ estimator, n_features, features: features?.slice(0, MOST_NAMES) ?? null, n_classes },
    classes: classes.slice(0, MOST_NAMES),
    ...(isText(target) && { target }),
    ...(isText(standardised) && { standardised }),
    // What may stand in it the engine checks.
    ...(typeof read === 'object' && read !== null && { read }),
  };
}
