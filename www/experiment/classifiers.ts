/** The notebook's classifiers with their grids, and the check of anyone else's. */
import { candidates, MAX_CANDIDATES } from '../api/arguments.js';
import { BreakevenError } from '../api/error.js';
import type { EstimatorName, Experiment, GridSearchSpec, ParamValue, Scoring } from '../api/types.js';
import { array, fields, integer, invalid, quoted, unique, word } from './check.js';
import { PREPARING } from './preparing.js';

export const ESTIMATORS: readonly EstimatorName[] = [
  'GaussianNB',
  'LogisticRegression',
  'LinearSVC',
  'RandomForestClassifier',
  'KNeighborsClassifier',
  'SVC',
  'DecisionTreeClassifier',
];

export const SCORINGS: readonly Scoring[] = ['accuracy', 'balanced_accuracy', 'f1_macro', 'roc_auc', 'neg_log_loss'];

/** What a report holds of settings, and so an experiment: names, settings a candidate, numbers of one, letters of a word. */
export const SETTING_NAME = /^[A-Za-z_]\w{0,39}$/;
export const MAX_SETTINGS = 100;
export const MAX_NUMBERS = 1000;
export const MAX_WORD = 100;

/** The notebook's `clf_dict`. l1_ratio gives elasticnet its mixture; l1 and l2 do not read it. */
export function notebookClassifiers(): Record<string, GridSearchSpec> {
  return {
    NB: { estimator: 'GaussianNB', param_grid: {} },
    LR: {
      estimator: 'LogisticRegression',
      params: { l1_ratio: 0.5 },
      param_grid: { penalty: ['l1', 'l2', 'elasticnet'], C: [0.001, 0.01, 0.1, 1, 10, 100, 1000] },
    },
    SVC: { estimator: 'LinearSVC', param_grid: { penalty: ['l1', 'l2'], C: [0.01, 0.1, 1, 10, 100] } },
    RF: { estimator: 'RandomForestClassifier', params: { random_state: 0 }, param_grid: {} },
  };
}

/** Names of the notebook's classifiers, "NB RF" or "NB,RF" or a list of them → their grids. */
export function named(names: string | readonly unknown[]): Record<string, GridSearchSpec> {
  const notebook = notebookClassifiers();
  const all = typeof names === 'string' ? names.split(/[\s,]+/).filter(Boolean) : names;
  const specs = unique(array(all, 'classifiers', 0, 32), names, 'classifiers').map((name): [string, GridSearchSpec] => {
    const spec = typeof name === 'string' && Object.hasOwn(notebook, name) ? notebook[name] : undefined;
    if (!spec) throw invalid('classifiers', name, `names of ${Object.keys(notebook).join(', ')}`);
    return [name as string, spec];
  });
  return Object.fromEntries(specs);
}

function areNames(given: unknown): given is string | readonly unknown[] {
  return typeof given === 'string' || Array.isArray(given);
}

/** An experiment that may name its classifiers, with their grids instead. */
export function withSpecs(experiment: unknown): unknown {
  const { classifiers } = (experiment ?? {}) as { classifiers?: unknown };
  return areNames(classifiers) ? { ...(experiment as object), classifiers: named(classifiers) } : experiment;
}

/** An experiment's classifiers, each with its grid; without any they are the notebook's. */
export function specsOf(given: Experiment['classifiers']): Record<string, GridSearchSpec> {
  if (given === undefined) return notebookClassifiers();
  return areNames(given) ? named(given) : given;
}

/** Several classifiers by short name, each checked. */
export function classifiersOf(given: unknown): Record<string, GridSearchSpec> {
  if (given === undefined) return notebookClassifiers();
  if (areNames(given)) return classifiersOf(named(given));
  const entries = Object.entries(fields(given, 'classifiers', null));
  if (entries.length === 0 || entries.length > 12) throw invalid('classifiers', given, '1 to 12 classifiers');
  return Object.fromEntries(entries.map(([name, spec]) => [shortName(name), specOf(spec, `classifiers.${name}`)]));
}

function shortName(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,23}$/.test(name)) return name;
  throw new BreakevenError(
    'invalid_param',
    `'classifiers' is named ${JSON.stringify(name.slice(0, 40))}: use up to 24 letters, digits, _ and -, a letter first.`,
    'classifiers',
  );
}

function specOf(given: unknown, path: string): GridSearchSpec {
  if (given === undefined || given === null) throw invalid(path, given, 'an estimator with a param_grid');
  const spec = fields(given, path, ['estimator', 'params', 'backend', 'param_grid', 'cv', 'scoring', 'preprocess']);
  const checked: GridSearchSpec = {
    estimator: word(spec.estimator, `${path}.estimator`, ESTIMATORS),
    param_grid: gridOf(spec.param_grid, `${path}.param_grid`),
  };
  if (spec.params !== undefined) checked.params = paramsOf(spec.params, `${path}.params`);
  if (spec.backend !== undefined)
    checked.backend = word(spec.backend, `${path}.backend`, ['breakeven', 'smartcore'] as const);
  if (spec.cv !== undefined) checked.cv = integer(spec.cv, `${path}.cv`, 2, 100);
  if (spec.preprocess !== undefined) checked.preprocess = fields(spec.preprocess, `${path}.preprocess`, PREPARING);
  if (spec.scoring !== undefined) checked.scoring = word(spec.scoring, `${path}.scoring`, SCORINGS);
  return checked;
}

type Params = NonNullable<GridSearchSpec['params']>;

function paramsOf(given: unknown, path: string): Params {
  return Object.fromEntries(
    namesOf(given, path).map(([name, value]) => [name, settingValue(value, `${path}.${name}`)]),
  ) as Params;
}

/** Settings of which a report can tell: by names, and not too many. */
function namesOf(given: unknown, path: string): [string, unknown][] {
  const entries = Object.entries(fields(given, path, null));
  if (entries.length > MAX_SETTINGS) throw invalid(path, given, `at most ${MAX_SETTINGS} settings`);
  for (const [name] of entries) {
    if (!SETTING_NAME.test(name))
      throw new BreakevenError('invalid_param', `${quoted(`${path}.${name}`)} is not a setting.`, `${path}.${name}`);
  }
  return entries;
}

function gridOf(given: unknown, path: string): GridSearchSpec['param_grid'] {
  if (given === undefined) return {};
  const grid = Array.isArray(given) ? array(given, path, 1, 32).map((one) => oneGrid(one, path)) : oneGrid(given, path);
  const n = candidates(grid);
  if (n > MAX_CANDIDATES) {
    throw new BreakevenError(
      'invalid_param',
      `'${path}' is a grid of ${n} settings: use at most ${MAX_CANDIDATES}.`,
      path,
    );
  }
  return grid;
}

function oneGrid(grid: unknown, path: string): Record<string, unknown[]> {
  return Object.fromEntries(
    namesOf(grid, path).map(([name, values]) => {
      const setting = `${path}.${name}`;
      return [name, array(values, setting, 1, 100).map((value) => settingValue(value, setting))];
    }),
  );
}

/** One value of a setting: a list for priors, numbers by name for class_weight, else a scalar. */
function settingValue(value: unknown, path: string): ParamValue {
  if (Array.isArray(value))
    return array(value, path, 1, MAX_NUMBERS).map((one) => real(one, path, value, 'a list of numbers'));
  const isNamed = typeof value === 'object' && value !== null && path.endsWith('.class_weight');
  if (!isNamed) return scalar(value, path);
  const entries = Object.entries(fields(value, path, null));
  const what = `numbers by name (at most ${MAX_NUMBERS}, of ${MAX_WORD} letters)`;
  if (entries.length > MAX_NUMBERS || entries.some(([name]) => name.length > MAX_WORD))
    throw invalid(path, value, what);
  return Object.fromEntries(entries.map(([name, one]) => [name, real(one, path, value, what)]));
}

function real(one: unknown, path: string, whole: unknown, what: string): number {
  if (typeof one === 'number' && Number.isFinite(one)) return one;
  throw invalid(path, whole, what);
}

/** Infinity, which JSON has not, goes by the word. */
function scalar(value: unknown, path: string): ParamValue {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string' && value.length <= MAX_WORD) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(
    path,
    value,
    `a number, a word (of at most ${MAX_WORD} letters), true, false, null or a list of numbers`,
  );
}
