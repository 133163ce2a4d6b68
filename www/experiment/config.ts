/** The experiment's defaults and its check: `{}` is the notebook. */

import { BreakevenError } from '../api/error.js';
import type { Experiment, GridSearchSpec, MakeClassification, ReportedExperiment, Strategy } from '../api/types.js';
import { checked, fields, integer, invalid, readOnce } from './check.js';
import { classifiersOf } from './classifiers.js';
import { DATASET, GENERATOR, OTHERS, PRESET_SIZES, type Property, pathOf, type Section } from './properties.js';
import { type CompleteTable, completeTable, isTable } from './table-settings.js';

/** What `complete` returns: nothing is left to default. */
export interface CompleteExperiment extends Required<Experiment> {
  classifiers: Record<string, GridSearchSpec>;
  data:
    | MakeClassification
    | { dataset: 'iris' | 'breast_cancer' | 'digits'; standardise: boolean }
    | CompleteTable
    | { csv: string; target?: string | number; standardise: boolean };
  split: { test_size: number; random_state: number; stratify: boolean };
  inference: { n_samples: number; random_state: number };
  sweep: {
    models: string[];
    strategies: Strategy[];
    batch_sizes: number[];
    pool: 'hot' | 'parked';
    budget_ms: number;
    preset: 'quick' | 'thorough';
  };
}

/** A table's text lies in memory several times while it is read. */
export const MAX_CSV_LENGTH = 100_000_000;

/** Classes of such a table: more are a column of something else. */
export const MAX_CLASSES = 100_000;

/** Of a column: as many as readCsv takes. */
const MAX_TARGET = 2 ** 32 - 1;

const SECTIONS = ['data', 'split', 'classifiers', 'inference', 'sweep', 'n_threads'];

/**
 * Every field of the experiment, checked.
 *
 * Throws BreakevenError 'invalid_param' for unknown fields and impossible values; the message names the setting.
 */
export function complete(experiment: unknown, machine: { n_threads?: number } = {}): CompleteExperiment {
  const given = fields(readOnce(experiment), 'experiment', SECTIONS);
  const classifiers = classifiersOf(given.classifiers);
  const sweep = section('sweep', OTHERS, given.sweep) as unknown as CompleteExperiment['sweep'];
  const models = sweep.models ?? Object.keys(classifiers);
  const batch_sizes = sweep.batch_sizes ?? [...PRESET_SIZES[sweep.preset]];
  for (const model of models) {
    if (!Object.hasOwn(classifiers, model)) {
      throw invalid('sweep.models', model, `one of the classifiers ${Object.keys(classifiers).join(', ')}`);
    }
  }
  return {
    data: dataOf(given.data),
    split: section('split', OTHERS, given.split) as unknown as CompleteExperiment['split'],
    classifiers,
    inference: section('inference', OTHERS, given.inference) as unknown as CompleteExperiment['inference'],
    sweep: { ...sweep, models, batch_sizes },
    n_threads: threadsOf(given.n_threads, machine.n_threads),
  };
}

/** The experiment of a report, which may have left out a table of the visitor's own: enough to show what came of it. */
export function completeOfReport(report: unknown, machine: { n_threads?: number } = {}): ReportedExperiment {
  const given = readOnce(report);
  const data = (given as { data?: { csv?: unknown } } | null | undefined)?.data;
  if (data?.csv !== null) return complete(given, machine);
  const { target, ...rest } = tableOptions(data);
  const index = target === undefined ? {} : { target: integer(target, 'data.target', 0, MAX_TARGET) };
  return { ...complete({ ...(given as object), data: {} }, machine), data: { csv: null, ...index, ...rest } };
}

function section(name: Section, table: readonly Property[], given: unknown): Record<string, unknown> {
  const properties = table.filter((property) => property.section === name);
  const known = properties.map((property) => property.name);
  const values = fields(given, name, known);
  return Object.fromEntries(
    properties.map((property) => [property.name, checked(property, own(values, property.name), pathOf(property))]),
  );
}

function own(values: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function threadsOf(given: unknown, machine: number | undefined): number {
  const property = OTHERS.find(({ name }) => name === 'n_threads') as Property;
  const fallback = machine ?? globalThis.navigator?.hardwareConcurrency ?? 1;
  return checked(property, given === undefined ? Math.min(256, Math.max(1, fallback)) : given, 'n_threads') as number;
}

function dataOf(given: unknown): CompleteExperiment['data'] {
  const has = (name: string) => typeof given === 'object' && given !== null && Object.hasOwn(given, name);
  if (has('csv')) return csvOf(given);
  if (isTable(given)) return completeTable(given);
  if (has('dataset')) return section('data', DATASET, given) as unknown as CompleteExperiment['data'];
  const { weights, ...rest } = fields(given, 'data', [...GENERATOR.map(({ name }) => name), 'weights', 'dataset']);
  const data = section('data', GENERATOR, rest) as unknown as MakeClassification & { n_redundant: number | null };
  const room = data.n_features - (data.n_informative ?? 2) - (data.n_repeated ?? 0);
  const complete = { ...data, weights: weightsOf(weights, data.n_classes ?? 2), n_redundant: data.n_redundant ?? 0 };
  // scikit-learn's default of 2 redundant features, as far as there is room for them.
  if (data.n_redundant === null) complete.n_redundant = Math.max(0, Math.min(2, room));
  checkSums(complete, room);
  return complete;
}

function csvOf(given: unknown): CompleteExperiment['data'] {
  const options = tableOptions(given);
  const { csv } = given as { csv?: unknown };
  if (csv === null)
    throw new BreakevenError(
      'invalid_param',
      "'data.csv' is left out of this report: to run it again, put the table there as text (choose the file).",
      'data.csv',
    );
  if (typeof csv !== 'string' || csv.trim() === '')
    throw invalid('data.csv', csv, 'a table as text (choose a file): numbers and a label on each line');
  if (!/[\r\n]/.test(csv.trim()))
    throw invalid('data.csv', csv, 'the table itself as text, a line for each row, and no name of a file');
  if (csv.length > MAX_CSV_LENGTH) throw invalid('data.csv', csv, `at most ${MAX_CSV_LENGTH} characters`);
  return { csv, ...options };
}

/** How a table is read. */
function tableOptions(given: unknown): { target?: string | number; standardise: boolean } {
  const { target, standardise = true } = fields(given, 'data', ['csv', 'target', 'standardise']);
  if (typeof standardise !== 'boolean') throw invalid('data.standardise', standardise, 'true or false');
  if (target === undefined) return { standardise };
  return { target: typeof target === 'string' ? target : integer(target, 'data.target', 0, MAX_TARGET), standardise };
}

function weightsOf(given: unknown, n_classes: number): number[] | null {
  if (given === undefined || given === null) return null;
  const fits = Array.isArray(given) && (given.length === n_classes || given.length === n_classes - 1);
  // Copied first: `every` would pass over holes.
  const shares: unknown[] = fits ? [...given] : [];
  if (fits && shares.every((share) => typeof share === 'number' && share >= 0 && share <= 1)) return shares as number[];
  throw invalid('data.weights', given, `null or ${n_classes} shares from 0 to 1`);
}

/** The rules that make_classification has between its parameters, and what fits in memory. */
function checkSums(data: MakeClassification & { n_redundant: number }, room: number): void {
  const { n_samples, n_features, n_informative = 2, n_classes = 2, n_clusters_per_class = 2 } = data;
  if (n_informative > n_features)
    throw invalid('data.n_informative', n_informative, `at most ${n_features} (n_features)`);
  if (room < 0) throw invalid('data.n_repeated', data.n_repeated, `at most ${n_features - n_informative}`);
  if (data.n_redundant > room) {
    throw invalid('data.n_redundant', data.n_redundant, `at most ${room}, what n_features leaves`);
  }
  const clusters = n_classes * n_clusters_per_class;
  if (clusters > 2 ** n_informative) {
    const least = Math.ceil(Math.log2(clusters));
    const why = `at least ${least}: n_classes × n_clusters_per_class = ${clusters} clusters need as many corners`;
    throw invalid('data.n_informative', n_informative, why);
  }
  const cells = 50_000_000;
  if (n_samples * n_features > cells) {
    throw invalid('data.n_samples', n_samples, `at most ${Math.floor(cells / n_features)} with ${n_features} features`);
  }
}
