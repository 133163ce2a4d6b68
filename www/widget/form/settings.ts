/** The experiment as the form edits it: only what differs from the notebook is kept. */
import { BreakevenError } from '../../api/error.js';
import type { Experiment, GridSearchSpec } from '../../api/types.js';
import { inOrder } from '../../experiment/check.js';
import { notebookClassifiers, specsOf } from '../../experiment/classifiers.js';
import { complete } from '../../experiment/config.js';
import { count, counted } from '../../experiment/format.js';
import { BATCH_SIZES, type Property, propertyAt } from '../../experiment/properties.js';
import { isTable } from '../../experiment/table-settings.js';

type Bag = Record<string, unknown>;

/** The experiment with one setting changed; undefined puts it back to its default. */
export function change(experiment: Experiment, property: Property, value: unknown): Experiment {
  const next = { ...experiment } as Bag;
  const same = value === undefined || JSON.stringify(value) === JSON.stringify(property.fallback);
  if (property.section === null) put(next, property.name, same ? undefined : value);
  else {
    const section = { ...((next[property.section] as Bag | undefined) ?? {}) };
    put(section, property.name, same ? undefined : value);
    put(next, property.section, Object.keys(section).length > 0 ? section : undefined);
  }
  return next as Experiment;
}

export function read(experiment: Experiment, property: Property): unknown {
  const bag = (property.section === null ? experiment : experiment[property.section]) as Bag | undefined;
  return bag?.[property.name] ?? property.fallback;
}

function put(bag: Bag, name: string, value: unknown): void {
  if (value === undefined) delete bag[name];
  else bag[name] = value;
}

/** The choice of a table of one's own. */
export const CSV = 'csv';

export function datasetOf({ data }: Experiment): string {
  if (data && ('csv' in data || isTable(data))) return CSV;
  return data && 'dataset' in data ? data.dataset : 'make_classification';
}

export function withDataset(experiment: Experiment, dataset: string): Experiment {
  const { data: _, ...rest } = experiment;
  if (dataset === 'make_classification') return rest;
  if (dataset === CSV) return { ...rest, data: { csv: '' } };
  return { ...rest, data: { dataset: dataset as 'iris' } };
}

export function largestBatch(experiment: Experiment): number {
  return Math.max(...sizesOf(experiment));
}

/** The batch sizes that are measured: how far a sweep goes by itself depends on its preset. */
function sizesOf(experiment: Experiment): readonly number[] {
  const { preset, batch_sizes } = experiment.sweep ?? {};
  try {
    // Whatever is wrong with the other settings.
    return complete({ sweep: { ...(preset && { preset }), ...(batch_sizes && { batch_sizes }) } }).sweep.batch_sizes;
  } catch {
    return batch_sizes ?? BATCH_SIZES;
  }
}

/** The notebook's decades up to `largest`. */
export function withLargestBatch(experiment: Experiment, largest: number): Experiment {
  const { batch_sizes: _, ...sweep } = experiment.sweep ?? {};
  const { sweep: __, ...rest } = experiment;
  const byItself = Object.keys(sweep).length > 0 ? { ...rest, sweep } : rest;
  if (largestBatch(byItself) === largest) return byItself;
  return { ...rest, sweep: { ...sweep, batch_sizes: BATCH_SIZES.filter((n_rows) => n_rows <= largest) } };
}

/** Back to the notebook's settings; how long is measured stays. */
export function notebook({ sweep }: Experiment): Experiment {
  return sweep?.preset ? { sweep: { preset: sweep.preset } } : {};
}

/** The settings in a few words. */
export function brief(experiment: Experiment): string {
  const value = (path: string) => read(experiment, propertyAt(path) as Property);
  const source = datasetOf(experiment);
  const generated = `${count(Number(value('data.n_samples')))} rows of ${counted(Number(value('data.n_features')), 'feature')}`;
  const data = source === 'make_classification' ? generated : source === CSV ? 'a table of yours' : source;
  const names = classifierChoices(experiment).filter(({ on }) => on);
  return [data, names.map(({ name }) => name).join(' '), `${String(value('sweep.preset'))} sweep`].join(' · ');
}

/** The experiment's own classifiers beside those of the notebook that are switched off. */
export function classifierChoices(experiment: Experiment): { name: string; estimator: string; on: boolean }[] {
  const mine = specsOf(experiment.classifiers);
  const all = { ...notebookClassifiers(), ...mine };
  return Object.entries(all).map(([name, { estimator }]) => ({ name, estimator, on: Object.hasOwn(mine, name) }));
}

export function withClassifier(experiment: Experiment, name: string, on: boolean): Experiment {
  const notebook = notebookClassifiers();
  const mine = specsOf(experiment.classifiers);
  const order = [...new Set([...Object.keys(notebook), ...Object.keys(mine)])];
  const kept = order.flatMap((key): [string, GridSearchSpec][] => {
    const spec = mine[key] ?? notebook[key];
    return spec && (key === name ? on : Object.hasOwn(mine, key)) ? [[key, spec]] : [];
  });
  const { classifiers: _, ...rest } = experiment;
  const classifiers = Object.fromEntries(kept);
  const models = experiment.sweep?.models?.filter((model) => Object.hasOwn(classifiers, model));
  const trimmed = models ? { ...rest, sweep: { ...rest.sweep, models } } : rest;
  return inOrder(classifiers) === inOrder(notebook) ? trimmed : { ...trimmed, classifiers };
}

/** Whether the form can show this experiment at all: an author's attribute may hold anything. */
export function isShaped(experiment: unknown): experiment is Experiment {
  if (!isBag(experiment)) return false;
  const { data = {}, split = {}, inference = {}, sweep = {} } = experiment;
  const classifiers = specsIn(experiment);
  if (![data, split, classifiers, inference, sweep].every(isBag)) return false;
  const { models = [], strategies = [], batch_sizes = [] } = sweep as Bag;
  return [models, strategies, batch_sizes].every(Array.isArray) && Object.values(classifiers as Bag).every(isBag);
}

/** null where there are no such names. */
function specsIn({ classifiers }: Bag): unknown {
  try {
    return specsOf(classifiers as Experiment['classifiers']);
  } catch {
    return null;
  }
}

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why this experiment cannot be run, or null. */
export function problemOf(experiment: Experiment): BreakevenError | null {
  try {
    complete(experiment);
    return null;
  } catch (error) {
    if (error instanceof BreakevenError) return error;
    throw error;
  }
}
