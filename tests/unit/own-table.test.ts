/** A table of the visitor's own: in no report, link or event, unless it was asked for. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../www/api/types.js';
import { checkReport } from '../../www/experiment/check-report.js';
import { complete } from '../../www/experiment/config.js';
import { leanExperiment } from '../../www/experiment/lean.js';
import { difference } from '../../www/experiment/reference.js';
import { type ExperimentReport, sweepsCsv, toJson, trainingCsv } from '../../www/experiment/report.js';
import { fromResults, toResults } from '../../www/experiment/results.js';
import { type ExperimentRun, type KeptMeasurement, runExperiment } from '../../www/experiment/run.js';
import { toAddress, toHash } from '../../www/experiment/url.js';
import { fakeEngine } from './fake-engine.js';

/** Its header, a cell, its classes: each a word that is nowhere else. */
const WORDS = ['salary', '48151623', 'diagnosis', 'healthy', 'unwell'];
const CSV = 'salary,diagnosis\n48151623,healthy\n2,unwell\n';
const EXPERIMENT = {
  data: { csv: CSV, target: 'diagnosis' },
  classifiers: { NB: { estimator: 'GaussianNB' as const, param_grid: {} } },
  sweep: { batch_sizes: [10, 1000] },
};
const LEFT_OUT = { csv: null, standardise: true };

/** An engine that reads the table as the real one would: with names of columns and of classes. */
function engine(): Engine {
  const { engine } = fakeEngine();
  return Object.assign(engine, {
    readCsv: async () => ({
      ...(await engine.loadDataset('iris')),
      y: Int32Array.of(0, 1, 1),
      feature_names: ['salary'],
      class_names: ['healthy', 'unwell'],
    }),
  });
}

const ran = (run?: ExperimentRun) => runExperiment(engine(), EXPERIMENT, run);
const told = (what: unknown) => WORDS.filter((word) => JSON.stringify(what).includes(word));

describe('its labels', () => {
  const rows = (class_names: string[], y: number[]) => {
    const fake = fakeEngine();
    const readCsv = async () => ({ ...(await fake.engine.loadDataset('iris')), y: Int32Array.from(y), class_names });
    Object.assign(fake.engine, { readCsv });
    return { ...fake, ran: runExperiment(fake.engine, EXPERIMENT) };
  };

  test.each([
    ['each of its own', ['a', 'b', 'c'], [0, 1, 2], 'has 3 different values in 3 rows: choose a column of classes.'],
    ['measured', ['0.5', '1', '2'], [0, 1, 2], 'has 3 different numbers, not all of them whole, in 3 rows: choose'],
    ['measured, some twice', ['0.5', '1'], [0, 1, 1], 'has 2 different numbers, not all of them whole, in 3 rows'],
  ])('are refused before anything is trained, where they are no classes: %s', async (_, names, y, words) => {
    const { ran, calls, live } = rows(names, y);
    await expect(ran).rejects.toMatchObject({ code: 'bad_csv', message: expect.stringContaining(words) });
    expect(calls).not.toContain('trainTestSplit');
    expect(live.size).toBe(0);
  });

  test.each([
    ['words', ['a', 'b'], [0, 1, 1]],
    ['whole numbers, however they are written', ['-1', '2.0', '3e2'], [0, 1, 1, 2]],
    ['words among numbers', ['0.5', 'none'], [0, 1, 1]],
  ])('are taken where they are: %s', async (_, names, y) => {
    await expect(rows(names, y).ran).resolves.toMatchObject({ table: 'left_out' });
  });
});

describe('a report of a run on it', () => {
  test('says that it is left out, and tells its shape alone', async () => {
    const report = await ran();
    expect(told(report)).toEqual([]);
    expect(report).toMatchObject({ table: 'left_out', experiment: { data: LEFT_OUT } });
    expect(report.data).toMatchObject({ n_rows: 150, n_features: 4 });
    expect(report.data?.classes).toEqual([
      { name: 'class 1', n_rows: 1 },
      { name: 'class 2', n_rows: 2 },
    ]);
    expect(told([trainingCsv(report.training), sweepsCsv(report.sweeps)])).toEqual([]);
  });

  test('so do its parts, and what it is when it has gone on', async () => {
    const parts: unknown[] = [];
    let kept: KeptMeasurement | undefined;
    await ran({
      onPart: (part) => parts.push(part),
      onMeasurement: (measurement) => {
        kept = measurement;
      },
    });
    const longer = await kept?.goOn({});
    kept?.free();
    expect(parts.length).toBeGreaterThan(3);
    expect(told([parts, longer])).toEqual([]);
    expect(longer?.table).toBe('left_out');
  });

  test('holds it where that was asked for, and says so', async () => {
    const report = await ran({ with_table: true });
    expect(told(report)).toEqual(WORDS);
    expect(report).toMatchObject({ table: 'included', experiment: { data: { csv: CSV, target: 'diagnosis' } } });
  });

  test('other data have no such field', async () => {
    const report = await runExperiment(fakeEngine().engine, { sweep: { batch_sizes: [10] } });
    expect(report).not.toHaveProperty('table');
    expect(report.experiment.data).toMatchObject({ n_samples: 10_000 });
  });
});

describe('such a report read again', () => {
  const again = async (run?: ExperimentRun) => checkReport(JSON.parse(toJson(await ran(run))));

  test('shows what came of it', async () => {
    const [mine, read] = [await ran(), await again()];
    expect(read).toMatchObject({ table: 'left_out', training: mine.training, data: mine.data, verdict: mine.verdict });
    expect(read.experiment).toEqual(mine.experiment);
  });

  test('with the table has it', async () => {
    expect(await again({ with_table: true })).toMatchObject({ table: 'included', experiment: { data: { csv: CSV } } });
  });

  test('says what it holds, not what it says of itself', async () => {
    const held = { ...JSON.parse(toJson(await ran({ with_table: true }))), table: 'left_out' };
    expect(checkReport(held).table).toBe('included');
    const none = { ...JSON.parse(toJson(await runExperiment(fakeEngine().engine, {}))), table: 'included' };
    expect(checkReport(none)).not.toHaveProperty('table');
  });

  test.each([
    [{ csv: null, target: -1 }, 'data.target'],
    [{ csv: null, target: '<b>' }, 'data.target'],
    [{ csv: null, standardise: 'yes' }, 'data.standardise'],
    [{ csv: null, n_samples: 5 }, 'data.n_samples'],
    [{ csv: 5 }, 'data.csv'],
  ])('is refused with %j', async (data, setting) => {
    const given = JSON.parse(toJson(await ran()));
    given.experiment.data = data;
    expect(() => checkReport(given)).toThrow(expect.objectContaining({ code: 'invalid_param', setting }));
  });

  test('cannot be run again without the table, which it says', async () => {
    const { experiment } = await again();
    expect(() => complete(experiment)).toThrow(
      expect.objectContaining({
        code: 'invalid_param',
        setting: 'data.csv',
        message: expect.stringMatching(/left out/),
      }),
    );
    expect(complete({ ...experiment, data: { ...experiment.data, csv: CSV } }).data).toMatchObject({ csv: CSV });
  });
});

describe('a link', () => {
  test('has nothing of it, whatever the report holds, and reads as one without', async () => {
    for (const with_table of [false, true]) {
      const report = await ran({ with_table });
      const read = await fromResults(await toResults(report));
      expect(told(read)).toEqual([]);
      expect(read).toMatchObject({ table: 'left_out', experiment: { data: LEFT_OUT } });
      expect(read.data?.classes.map(({ name }) => name)).toEqual(['class 1', 'class 2']);
      expect(told(leanExperiment(report))).toEqual([]);
    }
    expect(
      told([toHash({ experiment: EXPERIMENT, tier: 'auto' }), toAddress({ experiment: EXPERIMENT, tier: 'auto' })]),
    ).toEqual([]);
  });
});

test('two reports differ in the data as far as both tell of them', async () => {
  const [mine, same, none] = [await ran({ with_table: true }), await ran({ with_table: true }), await ran()];
  const other = { ...mine.experiment, data: { ...mine.experiment.data, csv: 'a,b\n1,x\n2,y\n' } };
  expect(difference(mine.experiment, same.experiment)).toBe('');
  expect(difference(mine.experiment, other as ExperimentReport['experiment'])).toBe('the data');
  expect(difference(mine.experiment, { ...none.experiment, data: LEFT_OUT } as ExperimentReport['experiment'])).toBe(
    '',
  );
  expect(difference(none.experiment, complete({ ...EXPERIMENT, data: {} }, { n_threads: 4 }))).toBe('the data');
});
