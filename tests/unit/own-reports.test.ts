/** A report of our own opens again, whatever its settings and the names of its classes: as a file and as a link. */
import { expect, test } from 'vitest';
import type { Engine, Experiment, GridSearchSpec } from '../../www/api/types.js';
import { checkReport } from '../../www/experiment/check-report.js';
import { MAX_CLASSES } from '../../www/experiment/config.js';
import { settings } from '../../www/experiment/format.js';
import { type ExperimentReport, toJson } from '../../www/experiment/report.js';
import { fromResults, toResults } from '../../www/experiment/results.js';
import { runExperiment } from '../../www/experiment/run.js';
import { fakeEngine } from './fake-engine.js';

const again = (report: ExperimentReport) => checkReport(JSON.parse(toJson(report)));

/** An engine whose searches find the first of their candidates, and say this. */
function searching(change: object = {}): Engine {
  const { engine } = fakeEngine();
  const { gridSearchCV } = engine;
  return Object.assign(engine, {
    gridSearchCV: async (...args: Parameters<Engine['gridSearchCV']>) => {
      const [{ param_grid = {} }] = args;
      const grid = Object.entries(Array.isArray(param_grid) ? (param_grid[0] ?? {}) : param_grid);
      const best_params = Object.fromEntries(grid.map(([name, [value]]) => [name, value]));
      const found = await gridSearchCV(...args);
      return { ...found, best_params, cv_results: { ...found.cv_results, params: [best_params] }, ...change };
    },
  });
}

const SPECS: GridSearchSpec[] = [
  { estimator: 'LogisticRegression', param_grid: { C: [Number.POSITIVE_INFINITY] } },
  {
    estimator: 'LogisticRegression',
    param_grid: { C: [0.123456789], penalty: [null] },
    params: { tol: 1.23456789e-7 },
  },
  { estimator: 'GaussianNB', param_grid: { priors: [[0.1234567, 0.8765433]] } },
  { estimator: 'LinearSVC', param_grid: { class_weight: [{ 0: 1, 1: 60.25, '-7': 0.123456 }] } },
  { estimator: 'SVC', param_grid: { kernel: ['x'.repeat(100)] } },
  { estimator: 'SVC', param_grid: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`, [i]])) },
];

test.each(SPECS)('settings come back as they are: %#', async (spec) => {
  const experiment: Experiment = { classifiers: { a: spec }, sweep: { batch_sizes: [10] } };
  const report = await runExperiment(searching(), experiment);
  const [row] = report.training;
  expect(settings(row?.best_params ?? {})).not.toMatch(/\[object|undefined|null,/);
  for (const read of [again(report), await fromResults(await toResults(report))]) {
    expect(read.training[0]?.best_params).toEqual(row?.best_params);
    expect(read.training[0]?.cv_results.params).toEqual(row?.cv_results.params);
    expect(read.experiment.classifiers).toEqual(report.experiment.classifiers);
    // What was read can be run as it is.
    const once_more = await runExperiment(searching(), { ...read.experiment } as Experiment);
    expect(once_more.training[0]?.best_params).toEqual(row?.best_params);
  }
});

test('settings are said in words', () => {
  expect(settings({ priors: [0.5, 0.5], C: 'inf', penalty: null, class_weight: { 1: 60 } })).toBe(
    'C=inf, class_weight={"1":60}, penalty=null, priors=[0.5,0.5]',
  );
});

test('errors of candidates, however much they list', async () => {
  const { cv_results } = await fakeEngine().engine.gridSearchCV({ cv: 5 } as never, {} as never, {} as never);
  const error = [`x = 1 is not possible: it must be ${'left out, '.repeat(100)}`];
  const report = await runExperiment(searching({ cv_results: { ...cv_results, error } }), {
    classifiers: 'NB',
    sweep: { batch_sizes: [10] },
  });
  expect(again(report).training[0]?.cv_results.error).toEqual(error);
});

test('what a search notes is a note of the report, by its classifier', async () => {
  const report = await runExperiment(searching({ notes: ['The least populated class has only 1 row'] }), {
    classifiers: 'NB RF',
    sweep: { batch_sizes: [10] },
  });
  expect(report.notes).toEqual(
    expect.arrayContaining(['NB', 'RF'].map((name) => `${name}: The least populated class has only 1 row`)),
  );
  expect(again(report).notes).toEqual(report.notes);
});

/** A run on a table with these classes. */
async function classesOf(class_names: string[]): Promise<ExperimentReport> {
  const engine = searching();
  const y = Int32Array.from({ length: 2 * class_names.length }, (_, row) => row >> 1);
  const readCsv = async () => ({ ...(await engine.loadDataset('iris')), y, class_names });
  const csv = 'a,b\n1,x\n';
  const experiment: Experiment = { data: { csv }, classifiers: 'NB', sweep: { batch_sizes: [10] } };
  return runExperiment(Object.assign(engine, { readCsv }), experiment, { with_table: true });
}

test.each([
  ['long', ['x'.repeat(60), 'y'.repeat(5000), 'z'.repeat(100_000)]],
  ['of other scripts', ['می‌خواهم', 'क्‍ष', '👩‍🔬', 'Straße', '𠮷']],
  ['many', Array.from({ length: 12_000 }, (_, i) => `class of row ${i}`)],
])('names of classes: %s', async (_, names) => {
  const report = await classesOf(names);
  expect(again(report).data?.classes.map(({ name }) => name)).toEqual(names);
  const linked = await fromResults(await toResults(report));
  expect(linked.data?.classes).toHaveLength(names.length);
});

test('more classes than a report may have are refused before anything is trained', async () => {
  const names = Array.from({ length: MAX_CLASSES + 1 }, (_, i) => `c${i}`);
  await expect(classesOf(names)).rejects.toMatchObject({
    code: 'bad_csv',
    message: expect.stringContaining('choose a column of classes'),
  });
});
