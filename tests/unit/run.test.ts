import { describe, expect, test } from 'vitest';
import { BreakevenError } from '../../www/api/error.js';
import type { Experiment } from '../../www/api/types.js';
import type { ExperimentReport } from '../../www/experiment/report.js';
import { runExperiment } from '../../www/experiment/run.js';
import { fakeEngine } from './fake-engine.js';

const SMALL: Experiment = { sweep: { batch_sizes: [10, 1000] } };

describe('runExperiment', () => {
  test('takes the notebook’s steps in its order', async () => {
    const { engine, calls } = fakeEngine();
    const report = await runExperiment(engine, SMALL);
    const steps = calls.map((call) => call.split(' ')[0]).filter((call, i, all) => call !== all[i - 1]);
    const one = ['gridSearchCV', 'predict', 'loadModel', 'predict'];
    const head = ['makeClassification', 'trainTestSplit', ...one, ...one, ...one, ...one];
    expect(steps).toEqual([...head, 'makeClassification', 'predict', 'makeClassification', 'measure']);
    expect(calls[0]).toBe('makeClassification 10000x10');
    expect(calls).toContain('gridSearchCV GaussianNB cv=5');
    expect(report.training.map((row) => row.classifier)).toEqual(['NB', 'LR', 'SVC', 'RF']);
    expect(report.training[0]).toMatchObject({ train_acc: 0.8, test_acc: 0.2, model_bytes: 'GaussianNB'.length });
    expect(report.inference[0]).toMatchObject({ n_rows: 20_000, busy_per_wall: 1 });
    expect(Object.keys(report.sweeps)).toEqual(['NB', 'LR', 'SVC', 'RF']);
    expect(report).toMatchObject({ format: 'breakeven-report', version: 1, notes: [] });
    expect(report.verdict).toMatch(/about 290 rows .*for NB/);
    expect(report.total_ms).toBeGreaterThan(0);
  });

  test('frees everything', async () => {
    const { engine, live } = fakeEngine();
    await runExperiment(engine, SMALL);
    expect(live.size).toBe(0);
  });

  test('frees everything whichever call fails', async () => {
    const { engine, calls } = fakeEngine();
    await runExperiment(engine, SMALL);
    for (let failing = 0; failing < calls.length; failing++) {
      let at = 0;
      const fake = fakeEngine({
        before: () => {
          if (at++ === failing) throw new BreakevenError('worker_failed', 'broken');
        },
      });
      await expect(runExperiment(fake.engine, SMALL)).rejects.toMatchObject({ code: 'worker_failed' });
      expect(fake.live.size, calls[failing]).toBe(0);
    }
  });

  test('stops at the next step when aborted, and frees everything', async () => {
    for (const call of ['makeClassification', 'trainTestSplit', 'gridSearchCV', 'loadModel', 'predict', 'measure']) {
      const abort = new AbortController();
      const parts: unknown[] = [];
      const { engine, calls, live } = fakeEngine({ before: (name) => void (name.startsWith(call) && abort.abort()) });
      const run = runExperiment(engine, SMALL, { signal: abort.signal, onPart: (part) => parts.push(part) });
      await expect(run).rejects.toMatchObject({ code: 'aborted' });
      expect(calls.at(-1), 'nothing is asked for after the abort').toMatch(new RegExp(`^${call}|^predict`));
      expect(live.size).toBe(0);
    }
  });

  test('an invalid experiment asks nothing of the engine', async () => {
    const { engine, calls } = fakeEngine();
    await expect(runExperiment(engine, { n_threads: 0 })).rejects.toMatchObject({ code: 'invalid_param' });
    expect(calls).toEqual([]);
  });

  test('a model that predicts otherwise once it is loaded is an error', async () => {
    const { engine, live } = fakeEngine({ forgetful: true });
    await expect(runExperiment(engine, SMALL)).rejects.toMatchObject({ code: 'bad_model_file' });
    expect(live.size).toBe(0);
  });

  test('gives parts as they come, each a copy, and the files', async () => {
    const parts: Partial<ExperimentReport>[] = [];
    const files: string[] = [];
    const stages = new Set<string>();
    const { engine } = fakeEngine();
    await runExperiment(engine, SMALL, {
      onPart: (part) => parts.push(part),
      onModel: (classifier, file) => files.push(`${classifier} ${file.length}`),
      onProgress: ({ stage, done, total }) => {
        stages.add(stage);
        expect(done).toBeLessThanOrEqual(total);
        expect(Number.isInteger(done)).toBe(true);
      },
    });
    expect(parts.map((part) => part.training?.length)).toEqual([0, 1, 2, 3, ...Array(10).fill(4)]);
    expect(parts.map((part) => Object.keys(part.sweeps ?? {}).length).slice(-6)).toEqual([0, 1, 2, 3, 4, 4]);
    expect(files).toEqual(['NB 10', 'LR 18', 'SVC 9', 'RF 22']);
    expect([...stages]).toEqual(['data', 'training', 'inference', 'sweep']);
  });

  test('says which batch sizes would take too long, and measures the rest', async () => {
    const { engine, measured } = fakeEngine({ ms_per_row: 0.0025 });
    const report = await runExperiment(engine, { sweep: { models: ['RF'] } });
    expect(measured[0]?.batch_sizes).toEqual([10, 100, 1000, 10_000, 100_000, 1_000_000]);
    expect(measured[0]?.X?.n_rows).toBe(1_000_000);
    expect(report.notes).toEqual([expect.stringMatching(/^RF at 10,000,000 rows left out: .* about 25 s, predicted/)]);
  });

  test('repeats rows where there is no memory for those of the largest batch, and says so', async () => {
    const { engine, measured } = fakeEngine({
      before: (call) => {
        if (call === 'makeClassification 1000000x10') throw new BreakevenError('out_of_memory', 'full');
      },
    });
    const report = await runExperiment(engine, { data: { n_features: 10 }, sweep: { batch_sizes: [100, 1_000_000] } });
    expect(measured[0]?.batch_sizes).toEqual([100, 1_000_000]);
    expect(measured[0]?.X?.n_rows).toBe(500_000);
    expect(measured[0]?.repeat_rows).toBe(true);
    expect(report.notes).toEqual([expect.stringContaining('Batches of more than 500,000 rows repeat these')]);
  });

  test('leaves out the strategies that the tier has not, and says so', async () => {
    const { engine, measured } = fakeEngine({ tier: 'workers' });
    const report = await runExperiment(engine, SMALL);
    expect(measured[0]?.strategies).toEqual(['serial', 'workers', 'async']);
    expect(report.notes).toEqual(['Not measured on the workers tier: threads. The page is not isolated.']);
  });

  test('a data set’s own rows are predicted, repeated', async () => {
    const { engine, calls } = fakeEngine();
    const report = await runExperiment(engine, { data: { dataset: 'iris' }, sweep: { batch_sizes: [10, 5000] } });
    expect(calls[0]).toBe('loadDataset iris {"standardise":true}');
    expect(calls.filter((call) => call.startsWith('tile'))).toEqual(['tile 20000', 'tile 5000']);
    expect(report.notes).toHaveLength(2);
  });
});
