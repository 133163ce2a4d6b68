/** Which columns a forest tells most by: in the report by number, and by name only where names may be told. */
import { describe, expect, test } from 'vitest';
import type { Engine, Model } from '../../www/api/types.js';
import { checkReport } from '../../www/experiment/check-report.js';
import { importancesOf } from '../../www/experiment/importances.js';
import { type ExperimentReport, toJson } from '../../www/experiment/report.js';
import { fromResults, toResults } from '../../www/experiment/results.js';
import { runExperiment } from '../../www/experiment/run.js';
import { fakeEngine } from './fake-engine.js';

describe('of a forest’s attributes', () => {
  test('the largest come first, of equal ones the first; twenty at most', () => {
    const values = Array.from({ length: 30 }, (_, i) => (i % 5) / 100);
    const found = importancesOf({ feature_importances: values }, null);
    expect(found).toMatchObject({ n_columns: 30 });
    expect(found?.columns.slice(0, 8)).toEqual([4, 9, 14, 19, 24, 29, 3, 8]);
    expect(found?.values).toHaveLength(20);
    expect(found).not.toHaveProperty('names');
  });

  test('names are those of prepared columns, where rows are prepared', () => {
    const preprocess = { feature_names_out: ['num__size', 'cat__kind_a', 'cat__kind_b'] };
    const found = importancesOf({ feature_importances: [0.2, 0.5, 0.3], preprocess }, ['size', 'kind']);
    expect(found).toEqual({
      n_columns: 3,
      columns: [1, 2, 0],
      values: [0.5, 0.3, 0.2],
      names: ['kind_a', 'kind_b', 'size'],
    });
    expect(importancesOf({ feature_importances: Float64Array.of(0.2, 0.8) }, ['a', 'b'])?.names).toEqual(['b', 'a']);
    expect(importancesOf({ trees: [] }, ['a'])).toBeNull();
  });
});

/** One whose forest tells these. */
function engine(asked: string[] = []): Engine {
  const { engine } = fakeEngine();
  const { loadModel } = engine;
  return Object.assign(engine, {
    loadModel: async (file: Uint8Array): Promise<Model> => {
      const model = await loadModel(file);
      const attributes = async () => {
        asked.push(model.estimator);
        return { feature_importances: [0.1, 0.7, 0.2] };
      };
      return Object.assign(model, { attributes, feature_names: ['salary', 'age', 'town'] });
    },
    readCsv: async () => ({
      ...(await engine.loadDataset('iris')),
      ...{ y: Int32Array.of(0, 1, 1), feature_names: ['salary'], class_names: ['healthy', 'unwell'] },
    }),
  });
}

const SWEEP = { batch_sizes: [10] };
const IMPORTANCES = { n_columns: 3, columns: [1, 2, 0], values: [0.7, 0.2, 0.1], names: ['age', 'town', 'salary'] };
const OWN = { data: { csv: 'salary,diagnosis\n1,healthy\n2,unwell\n' }, classifiers: 'NB RF', sweep: SWEEP };
const again = (report: ExperimentReport) => checkReport(JSON.parse(toJson(report)));

describe('in a report', () => {
  test('they are the forests’ alone, and not those of smartcore, which tells none', async () => {
    const asked: string[] = [];
    const report = await runExperiment(engine(asked), { data: { dataset: 'iris' }, sweep: SWEEP });
    expect(asked).toEqual(['RandomForestClassifier']);
    expect(report.training.map(({ importances }) => importances)).toEqual([
      undefined,
      undefined,
      undefined,
      IMPORTANCES,
    ]);
    for (const read of [again(report), await fromResults(await toResults(report))])
      expect(read.training.at(-1)?.importances).toEqual(IMPORTANCES);
    const spec = { estimator: 'RandomForestClassifier' as const, backend: 'smartcore' as const, param_grid: {} };
    await runExperiment(engine(asked), { classifiers: { RF: spec }, sweep: SWEEP });
    expect(asked).toHaveLength(1);
  });

  test('names of an own table’s columns are in none that goes to others', async () => {
    const parts: unknown[] = [];
    const report = await runExperiment(engine(), OWN, { onPart: (part) => parts.push(part) });
    const { names: _, ...rest } = IMPORTANCES;
    expect(report.training.at(-1)?.importances).toEqual(rest);
    expect(JSON.stringify([report, parts])).not.toMatch(/salary|town/);
    expect(again(report).training.at(-1)?.importances).toEqual(rest);
    const whole = await runExperiment(engine(), OWN, { with_table: true });
    expect(whole.training.at(-1)?.importances).toEqual(IMPORTANCES);
    const linked = await fromResults(await toResults(whole));
    expect(linked.training.at(-1)?.importances).toEqual(rest);
  });

  test.each([
    [{ ...IMPORTANCES, values: [0.7] }, 'training[3].importances'],
    [{ ...IMPORTANCES, names: ['age'] }, 'training[3].importances'],
    [{ ...IMPORTANCES, columns: [1, 2, 3] }, 'training[3].importances'],
    [{ ...IMPORTANCES, values: [2, 0, 0] }, 'training[3].importances.values[0]'],
    [
      { ...IMPORTANCES, columns: Array(21).fill(0), values: Array(21).fill(0), names: undefined },
      'training[3].importances.columns',
    ],
    [5, 'training[3].importances'],
  ])('somebody else’s are checked: %j', async (importances, setting) => {
    const given = JSON.parse(toJson(await runExperiment(engine(), { sweep: SWEEP })));
    given.training[3].importances = importances;
    expect(() => checkReport(given)).toThrow(expect.objectContaining({ code: 'invalid_param', setting }));
  });

  test('reports of before have none', async () => {
    const given = JSON.parse(toJson(await runExperiment(engine(), { sweep: SWEEP })));
    delete given.training[3].importances;
    expect(checkReport(given).training[3]).not.toHaveProperty('importances');
  });
});

test('a run’s models come with what is known of them', async () => {
  const known: unknown[] = [];
  await runExperiment(
    engine(),
    { data: { dataset: 'iris' }, classifiers: 'NB', sweep: SWEEP },
    { onModel: (...of) => known.push(of.slice(2)) },
  );
  expect(known).toEqual([
    [
      {
        ...{ estimator: 'GaussianNB', n_features: 10, features: ['salary', 'age', 'town'] },
        ...{ n_classes: 2, classes: ['0', '1'], standardised: 'iris' },
      },
    ],
  ]);
});
