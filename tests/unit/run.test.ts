import { describe, expect, test } from 'vitest';
import { BreakevenError } from '../../www/api/error.js';
import type { BreakEven, Experiment } from '../../www/api/types.js';
import type { ExperimentReport } from '../../www/experiment/report.js';
import { type KeptMeasurement, runExperiment } from '../../www/experiment/run.js';
import { ended, isFirst, soFar } from '../../www/experiment/sweep-step.js';
import { fakeEngine } from './fake-engine.js';
import { breakEven, CAPACITY, sweep, without } from './measured.js';

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
    expect(report.training[0]?.confusion).toEqual({ classes: [0, 1], counts: [400, 0, 1600, 0] });
    expect(report.inference[0]).toMatchObject({ n_rows: 20_000, busy_per_wall: 1 });
    expect(Object.keys(report.sweeps)).toEqual(['NB', 'LR', 'SVC', 'RF']);
    expect(report).toMatchObject({ format: 'breakeven-report', version: 2, notes: [] });
    expect(report.verdict).toMatch(/about 290 rows .*for NB/);
    expect(report.total_ms).toBeGreaterThan(0);
  });

  test('refuses a misspelt option, before anything is made', async () => {
    const { engine, calls } = fakeEngine();
    const misspelt = { sinal: AbortSignal.abort() } as object;
    await expect(runExperiment(engine, SMALL, misspelt)).rejects.toMatchObject({
      code: 'invalid_param',
      setting: 'run.sinal',
    });
    expect(calls).toEqual([]);
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
    expect(parts.map((part) => part.training?.length)).toEqual([0, 1, 2, 3, ...Array(9).fill(4)]);
    // Of the sweep's four rounds the first two say nothing yet; its end and the run's are parts of their own.
    expect(parts.map(({ sweeps }) => sweeps?.NB?.n_rounds ?? 0).slice(-5)).toEqual([0, 3, 4, 4, 4]);
    expect(Object.keys(parts.at(-1)?.sweeps ?? {})).toEqual(['NB', 'LR', 'SVC', 'RF']);
    expect(files).toEqual(['NB 10', 'LR 18', 'SVC 9', 'RF 22']);
    expect([...stages]).toEqual(['data', 'training', 'inference', 'sweep']);
  });

  test('says which batch sizes took too long, as the last round has it', async () => {
    const { engine, measured } = fakeEngine({
      notes: (n_rounds) => [`threads at 10,000,000 rows left out: one call would take about ${10 + n_rounds} s.`],
    });
    const parts: string[][] = [];
    const experiment: Experiment = { data: { dataset: 'iris' }, sweep: { models: ['RF'] } };
    const report = await runExperiment(engine, experiment, {
      onPart: ({ notes = [], sweeps }) => void (sweeps?.RF && parts.push(notes)),
    });
    expect(measured[0]?.batch_sizes).toEqual([10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]);
    const left_out = (s: number) => `RF: threads at 10,000,000 rows left out: one call would take about ${s} s.`;
    expect(parts.map((notes) => notes.at(-1))).toEqual([13, 14, 14, 14].map(left_out));
    // After what was said before the sweep, and each time anew.
    expect(report.notes).toEqual([
      expect.stringContaining('Rows to predict are those of iris'),
      expect.stringContaining('The features of iris were standardised'),
      left_out(14),
    ]);
  });

  test('a quick sweep has less time, and measures larger batches in one round', async () => {
    const { engine, measured, asked } = fakeEngine();
    await runExperiment(engine, { sweep: { preset: 'quick' } });
    expect(measured[0]).toMatchObject({ batch_sizes: [10, 100, 1000, 10_000, 100_000, 1_000_000] });
    expect(measured[0]?.once_above_rows).toBe(100_000);
    await runExperiment(engine, SMALL);
    expect(measured[1]).not.toHaveProperty('once_above_rows');
    const [quick_ms = Number.NaN, thorough_ms] = asked.map(({ total_ms }) => total_ms);
    expect(quick_ms).toBeGreaterThanOrEqual(15_000);
    expect(quick_ms).toBeLessThanOrEqual(40_000);
    expect(thorough_ms).toBe(240_000);
  });

  test('goes on with larger batches and narrower intervals for who takes its measurement', async () => {
    const { engine, live, measured, asked } = fakeEngine();
    let kept: KeptMeasurement | undefined;
    const first = await runExperiment(engine, SMALL, {
      onMeasurement: (measurement) => {
        kept = measurement;
      },
    });
    expect(live.size, 'the models, the rows and the measurement').toBe(4 + 1 + 1);
    const parts: Partial<ExperimentReport>[] = [];
    const longer = await kept?.goOn({ onPart: (part) => parts.push(part) });
    expect(measured).toHaveLength(1);
    expect(asked.map(({ precision }) => precision)).toEqual([undefined, expect.closeTo(Math.sqrt(1.3))]);
    expect(asked[1]?.batch_sizes).toEqual([100, 10_000, 100_000, 1_000_000, 10_000_000]);
    expect(longer?.experiment.sweep.batch_sizes).toEqual([10, 1000, 100, 10_000, 100_000, 1_000_000, 10_000_000]);
    expect([first, longer].map((report) => report?.sweeps.NB?.n_rounds)).toEqual([4, 8]);
    expect(parts.map(({ sweeps }) => sweeps?.NB?.n_rounds)).toEqual([5, 6, 7, 8, 8]);
    expect(longer?.total_ms).toBeGreaterThan(first.total_ms);
    kept?.free();
    expect(live.size).toBe(0);
  });

  test('a reason that may be another one with the next round is told when there are no more of them', async () => {
    const { engine } = fakeEngine({ break_even: [without('unclear', { reason: 'noise' })] });
    const verdicts: string[] = [];
    const report = await runExperiment(engine, SMALL, {
      onPart: ({ verdict = '' }) => void (verdict && verdicts.push(verdict)),
    });
    expect(verdicts.length).toBeGreaterThan(2);
    expect(verdicts[0]).toContain('because the measurements do not decide yet');
    expect(verdicts.at(-1)).toContain('does not tell serial and 4 threads apart');
    expect(report.verdict).toBe(verdicts.at(-1));
  });

  test('a first verdict has three rounds, and two where they took long', () => {
    expect([2, 3].map((n_rounds) => isFirst(n_rounds, 1000))).toEqual([false, true]);
    expect([1, 2].map((n_rounds) => isFirst(n_rounds, 8000))).toEqual([false, true]);
  });

  test('that of each round so far is told at once', () => {
    const found = without('unclear', { reason: 'cores_taken' });
    const of = (n_disturbed: number, reason: BreakEven['reason'] = 'cores_taken') =>
      soFar({ NB: sweep({ break_even: [{ ...found, reason }], capacity: { ...CAPACITY, n_rounds: 4, n_disturbed } }) })
        .NB?.break_even[0]?.reason;
    expect([of(4), of(3), of(2), of(0, 'clock'), of(4, 'noise')]).toEqual(['cores_taken', null, null, 'clock', null]);
  });

  test('going on tells why it has ended', async () => {
    const widths = (...ci95: [number, number][]) =>
      Object.fromEntries(ci95.map((one, i) => [`M${i}`, sweep({ break_even: [breakEven({ ci95: one })] })]));
    const [narrow, wide] = [widths([100, 110], [1, 3]), widths([100, 110], [100, 200])];
    expect(ended(narrow, 20_000, 1.15)).toBe('narrow');
    expect(ended(wide, 20_000, 1.15)).toBe('budget');
    expect(ended(wide, 91_000, 1.15)).toBe('time');
    const unclear = { ...narrow, X: sweep({ break_even: [without('unclear', { reason: 'noise' })] }) };
    expect(ended(unclear, 20_000, 1.15)).toBe('budget');
    expect(ended({ ...narrow, X: sweep({ break_even: [without('never_pays')] }) }, 20_000, 1.15)).toBe('narrow');

    const { engine } = fakeEngine();
    const told: string[] = [];
    let kept: KeptMeasurement | undefined;
    await runExperiment(engine, SMALL, {
      onMeasurement: (measurement) => {
        kept = measurement;
      },
    });
    await kept?.goOn({ onEnded: (why) => told.push(why) });
    expect(told).toEqual(['budget']);
    kept?.free();
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
