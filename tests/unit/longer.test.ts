// @vitest-environment happy-dom
/** What the face does with a run that tells early and can go on, whatever engine is behind it. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BreakevenError } from '../../www/api/error.js';
import { complete } from '../../www/experiment/config.js';
import type { ExperimentReport } from '../../www/experiment/report.js';
import type * as runs from '../../www/experiment/run.js';
import { verdict } from '../../www/experiment/words.js';
import { environmentOf, type Fake, fakeEngine } from './fake-engine.js';
import { breakEven, sweep } from './measured.js';

type Run = runs.ExperimentRun;
type Longer = Parameters<runs.KeptMeasurement['goOn']>[0];

let fake: Fake;
let work: (run: Run) => Promise<ExperimentReport>;
let longer: (run: Longer) => Promise<ExperimentReport>;
const free = vi.fn();
const load = vi.fn(async (_options?: object) => fake.engine);
vi.mock('../../www/api/load.js', () => ({ load: (options: object) => load(options) }));
vi.mock('../../www/experiment/run.js', () => ({
  STAGES: ['data', 'training', 'inference', 'sweep'],
  runExperiment: async (_engine: object, _experiment: object, run: Run) => {
    const report = await work(run);
    run.onMeasurement?.({ goOn: (more) => longer(more), free });
    return report;
  },
}));

const { BreakevenFace } = await import('../../www/widget/element/face.js');
const { session } = await import('../../www/widget/element/session.js');
type Face = InstanceType<typeof BreakevenFace>;

/** A report whose threads pay from this many rows. */
function report(n_rows: number): ExperimentReport {
  const ci95: [number, number] = [Math.round(0.8 * n_rows), Math.round(1.2 * n_rows)];
  const sweeps = {
    NB: sweep({ break_even: [breakEven({ n_rows, ci95 })] }),
    RF: sweep({ break_even: [breakEven({ n_rows: 10 })] }),
  };
  return {
    ...{ format: 'breakeven-report', version: 1, environment: environmentOf('threads'), experiment: complete({}) },
    ...{ training: [], inference: [], sweeps, verdict: verdict(sweeps, 2), notes: [], total_ms: 1 },
  };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));
const never = new Promise<never>(() => {});

describe('a run that goes on', () => {
  let lab: Face;
  const find = (id: string) => lab.renderRoot.querySelector<HTMLElement>(`[data-testid='${id}']`);
  const button = () => find('measure-longer') as HTMLButtonElement | null;
  const verdictShown = () => find('verdict')?.textContent?.replaceAll(/\s+/g, ' ').trim();

  beforeEach(() => {
    fake = fakeEngine();
    free.mockClear();
    load.mockClear();
    work = async () => report(286);
    longer = async () => report(310);
    lab = document.createElement('breakeven-face') as Face;
    document.body.append(lab);
  });

  afterEach(async () => {
    lab.remove();
    await turn();
    await session.close();
  });

  test('the verdict and the lines are there while it runs, and tighten', async () => {
    const seen: (string | undefined)[] = [];
    work = async (run) => {
      for (const n_rows of [500, 300]) {
        run.onPart?.(report(n_rows));
        await lab.updateComplete;
        seen.push(verdictShown());
        expect(find('chart-answer')?.querySelector('figcaption')?.textContent).toContain(`about ${n_rows} rows`);
      }
      return report(286);
    };
    await lab.run();
    await lab.updateComplete;
    expect(seen).toEqual([
      expect.stringContaining('from about 500 rows (95 %: 400 to 600) for NB'),
      expect.stringContaining('from about 300 rows (95 %: 240 to 360) for NB'),
    ]);
    expect(verdictShown()).toContain('from about 290 rows');
  });

  test('who listens is told at once, then not again for seconds, and at the end', async () => {
    work = async (run) => {
      for (const n_rows of [500, 400, 300]) {
        run.onPart?.(report(n_rows));
        await lab.updateComplete;
        expect(find('spoken')?.textContent).toContain('about 500 rows');
      }
      return report(286);
    };
    await lab.run();
    await lab.updateComplete;
    expect(find('spoken')?.textContent).toContain('about 290 rows');
  });

  test('the lines stay those of one classifier, until another is chosen', async () => {
    work = async (run) => {
      const before = report(300);
      // In the first rounds no lines of NB cross yet.
      run.onPart?.({ ...before, sweeps: { ...before.sweeps, NB: sweep({ break_even: [] }), LR: sweep() } });
      await lab.updateComplete;
      expect(find('chart-answer')?.textContent).toContain('LR:');
      const after = report(300);
      return { ...after, sweeps: { ...after.sweeps, LR: sweep() } };
    };
    await lab.run();
    await lab.updateComplete;
    expect(find('chart-answer')?.textContent).toContain('LR:');
    find('choice-answer')?.querySelector<HTMLInputElement>("input[value='RF']")?.click();
    await lab.updateComplete;
    expect(find('chart-answer')?.textContent).toContain('RF:');
  });

  test('says how much time is left, and its bar only grows', async () => {
    const parts: number[] = [];
    lab.addEventListener('breakeven-progress', ({ detail }) => parts.push((detail as { part: number }).part));
    work = async (run) => {
      run.onProgress?.({ stage: 'sweep', done: 40, total: 100, left_ms: 17_300 });
      await lab.updateComplete;
      expect(find('left')?.textContent).toBe('20 s left');
      run.onProgress?.({ stage: 'data', done: 100, total: 100 });
      return report(286);
    };
    await lab.run();
    expect(parts).toHaveLength(2);
    expect(parts[0]).toBeGreaterThan(0.4);
    expect(parts[1]).toBe(parts[0]);
  });

  test('measures longer as often as it is asked to, and keeps what else was measured', async () => {
    await lab.run();
    await lab.updateComplete;
    expect(button()?.disabled).toBe(false);
    Object.assign(lab.report ?? {}, { closer: { NB: {} } });
    const results: string[] = [];
    lab.addEventListener('breakeven-result', ({ detail }) => results.push((detail as ExperimentReport).verdict));
    for (const n_rows of [310, 320]) {
      longer = async (run) => {
        run.onProgress?.({ stage: 'sweep', done: 50, total: 100 });
        await lab.updateComplete;
        expect(lab.state).toBe('running');
        expect(lab.progress?.part).toBe(0.5);
        expect(button()?.disabled).toBe(true);
        run.onPart?.(report(n_rows));
        return report(n_rows);
      };
      await lab.goOn();
      expect(lab.state).toBe('done');
    }
    expect(results.map((words) => words.match(/about \d+/)?.[0])).toEqual(['about 310', 'about 320']);
    expect(lab.told?.closer).toEqual({ NB: {} });
    expect(free).not.toHaveBeenCalled();
  });

  test('cancelled it keeps the last run’s results, and can go on again', async () => {
    await lab.run();
    longer = ({ signal }) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(new BreakevenError('aborted', 'Cancelled.'))),
      );
    const first = lab.goOn();
    await vi.waitFor(() => expect(lab.state).toBe('running'));
    lab.cancel();
    expect(lab.state).toBe('done');
    await lab.updateComplete;
    expect(find('status')?.textContent).toBe('Cancelled. What had been measured before stays below.');
    expect(lab.told?.verdict).toContain('about 290');
    await first;
    longer = async () => report(310);
    await lab.goOn();
    expect(lab.told?.verdict).toContain('about 310');
    await lab.updateComplete;
    expect(find('status')?.textContent).toBe('Done.');
    expect(free).not.toHaveBeenCalled();
  });

  test('says why it has ended', async () => {
    await lab.run();
    longer = async ({ onEnded }) => {
      onEnded?.('narrow');
      return report(310);
    };
    await lab.goOn();
    await lab.updateComplete;
    expect(find('status')?.textContent).toBe('Done early: every interval is narrow enough.');
    await lab.run();
    await lab.updateComplete;
    expect(find('status')?.textContent).toBe('Done.');
  });

  test('the last run’s verdict is there, and named so, until the next run has one', async () => {
    await lab.run();
    await lab.updateComplete;
    expect(verdictShown()).toMatch(/^On this machine, .*about 290 rows/);
    const seen: (string | undefined)[] = [];
    work = async (run) => {
      await lab.updateComplete;
      seen.push(verdictShown());
      run.onPart?.({ sweeps: {}, training: [] });
      await lab.updateComplete;
      seen.push(verdictShown());
      run.onPart?.(report(500));
      await lab.updateComplete;
      seen.push(verdictShown());
      return report(500);
    };
    await lab.run();
    expect(seen.map((words) => words?.match(/^(.*), parallel.*?(about \d+)/)?.slice(1))).toEqual([
      ['In the last run', 'about 290'],
      ['In the last run', 'about 290'],
      ['On this machine', 'about 500'],
    ]);
    work = () => never;
    void lab.run();
    await vi.waitFor(() => expect(lab.state).toBe('running'));
    lab.cancel();
    await lab.updateComplete;
    expect(verdictShown()).toMatch(/^In the last run, .*about 500/);
  });

  test('one that does not hear the cancel ends with its engine', async () => {
    await lab.run();
    longer = () => never;
    void lab.goOn();
    await vi.waitFor(() => expect(lab.state).toBe('running'));
    lab.cancel();
    await vi.waitFor(() => expect(free).toHaveBeenCalledOnce());
    await lab.updateComplete;
    expect(button()).toBeNull();
    expect(lab.told?.verdict).toContain('about 290');
  });

  test('a failure is said, and what was found stays', async () => {
    await lab.run();
    longer = async () => {
      throw new BreakevenError('worker_failed', 'A worker has ended.');
    };
    await lab.goOn();
    await lab.updateComplete;
    expect(find('error')?.dataset.code).toBe('worker_failed');
    expect(find('status')?.textContent).not.toContain('Done');
    expect(lab.told?.verdict).toContain('about 290');
  });

  test('what is kept is freed by the next run, by leaving, and with its engine', async () => {
    await lab.run();
    await lab.run();
    expect(free).toHaveBeenCalledTimes(1);
    await session.open({ n_threads: 9, tier: 'auto' });
    expect(free).toHaveBeenCalledTimes(2);
    await lab.updateComplete;
    expect(button()).toBeNull();
    await lab.goOn();
    expect(lab.told?.verdict).toContain('about 290');
    await lab.run();
    lab.remove();
    await vi.waitFor(() => expect(free).toHaveBeenCalledTimes(3));
  });

  test('a measurement that comes after a cancel is freed', async () => {
    let finish = () => {};
    work = () => new Promise((resolve) => (finish = () => resolve(report(286))));
    void lab.run();
    await vi.waitFor(() => expect(lab.state).toBe('running'));
    lab.cancel();
    finish();
    await vi.waitFor(() => expect(free).toHaveBeenCalledOnce());
  });

  test('there is no going on before a run', async () => {
    await lab.goOn();
    expect(lab.state).toBe('idle');
    expect(button()).toBeNull();
  });
});
