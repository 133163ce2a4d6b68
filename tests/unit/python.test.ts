import { expect, test } from 'vitest';
import type { MeasureReport } from '../../www/api/types.js';
import { pythonSnippet } from '../../www/experiment/python.js';
import { runExperiment } from '../../www/experiment/run.js';
import { fakeEngine } from './fake-engine.js';

// That it is true in Python is tested there: tests/python.

async function report(tier: 'threads' | 'workers' = 'threads') {
  return runExperiment(fakeEngine({ tier }).engine, { sweep: { batch_sizes: [10, 1000] } });
}

const comments = (code: string) => code.split('\n').filter((line) => line.startsWith('#'));

test('the browser’s break-evens stand beside the code, and nowhere in it', async () => {
  const mine = await report();
  const NB = mine.sweeps.NB as MeasureReport;
  const cost = { strategy: 'threads', overhead_us: 0.5, ns_per_row: 1, r2: 1, worst_residual: 0 } as const;
  const found = (verdict: 'never_pays' | 'unclear') =>
    NB.break_even.map((one) => ({ ...one, verdict, n_rows: null, ci95: null }));
  const sweeps = {
    NB: { ...NB, cost_model: [cost, { ...cost, overhead_us: 2 }] },
    LR: { ...NB, break_even: found('never_pays') },
    SVC: { ...NB, break_even: found('unclear') },
    RF: { ...NB, break_even: [] },
  };
  const code = pythonSnippet({ ...mine, sweeps });
  expect(comments(code).slice(0, 6)).toEqual([
    '# Rows from which splitting a batch paid in a browser (threads: 4):',
    '#   NB   GaussianNB              290',
    '#   LR   LogisticRegression      not up to 100,000',
    '#   SVC  LinearSVC               not clear',
    '#   RF   RandomForestClassifier  not measured',
    '# There a call took up to 2 µs besides its rows, joblib takes some 10 ms:',
  ]);
  expect(code).toContain('N_JOBS = 4\n');
  const lines = code.split('\n').filter((line) => !line.startsWith('#'));
  expect(lines.join('\n')).not.toMatch(/290|GaussianNB/);
});

test('isolated workers are processes, and one thread is no split', async () => {
  const mine = await report('workers');
  const one = pythonSnippet({ ...mine, environment: { ...mine.environment, n_threads: 1 } });
  expect(one).toContain('prefer="processes"');
  expect(one).toContain('(workers: 1)');
  expect(one).toContain('N_JOBS = 2\n');
  expect(one).not.toContain('threads');
});

test('fits a screen: 79 columns, some 70 lines, no space at their ends', async () => {
  for (const tier of ['threads', 'workers'] as const) {
    const lines = pythonSnippet(await report(tier)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(72);
    for (const line of lines) expect(line).toMatch(/^(.{0,78}\S)?$/);
  }
});

test('the same call is timed before and after, and where its times disagree that is said', async () => {
  const code = pythonSnippet(await report());
  const [before, least, after] = ['before = seconds()', 'least = break_even(', 'after = seconds()'].map((line) =>
    code.indexOf(`\n${line}`),
  ) as [number, number, number];
  expect(before).toBeGreaterThan(0);
  expect(least).toBeGreaterThan(before);
  expect(after).toBeGreaterThan(least);
  expect(code).toContain('if not 1 / 1.5 < after / before < 1.5:\n    print("Do not trust it');
});
