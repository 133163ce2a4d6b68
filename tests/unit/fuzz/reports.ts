/** Reports as runs write them, and what holds of any that is taken. */
import { expect } from 'vitest';
import { checkReport } from '../../../www/experiment/check-report.js';
import { hidden } from '../../../www/experiment/hidden.js';
import { leanExperiment } from '../../../www/experiment/lean.js';
import { pythonSnippet } from '../../../www/experiment/python.js';
import { machineWords, referenceWords, verdictOf } from '../../../www/experiment/reference.js';
import { type ExperimentReport, sweepsCsv, toJson, trainingCsv } from '../../../www/experiment/report.js';
import { rules } from '../../../www/experiment/rule.js';
import { runExperiment } from '../../../www/experiment/run.js';
import { asyncSentence, sweepSentence, verdict } from '../../../www/experiment/words.js';
import { fakeEngine } from '../fake-engine.js';
import { unsigned } from './laws.js';

const EXPERIMENT = { data: { n_samples: 500 }, sweep: { batch_sizes: [10, 1000] } };

/** One with every part that there can be. */
async function whole(): Promise<ExperimentReport> {
  const made = await runExperiment(fakeEngine().engine, EXPERIMENT);
  const NB = structuredClone(made.sweeps.NB) as ExperimentReport['sweeps'][string];
  const [first] = NB.points;
  if (first) first.ci95_ms = [0, Number.POSITIVE_INFINITY];
  NB.auto_regret = {
    ...{ n_sizes: 2, auto: { mean: 0.1, worst: 0.2, worst_n_rows: 10 } },
    ...{ cutoff_rows: 10_000, cutoff: { mean: 0.1, worst: 0.2, worst_n_rows: 10 } },
  };
  return {
    ...{ ...made, notes: ['A note.'], recorded_on: '2026-01-02', machine: 'A desk' },
    sweeps: { ...made.sweeps, NB },
    closer: { NB: { parked: NB, thread_counts: NB.points.slice(0, 2) } },
  };
}

/** As JSON, which is what comes from outside: one of generated data, and one of a table that is left out. */
export async function asWritten(): Promise<[unknown, unknown]> {
  const report = await whole();
  const own = { ...report.experiment, data: { csv: null, target: 2, standardise: true } };
  return [report, { ...report, experiment: own, table: 'left_out' as const }].map((one) => JSON.parse(toJson(one))) as [
    unknown,
    unknown,
  ];
}

/** A report that was taken is whole: written down it is taken again and is the same, and everything can be said of it. */
export function isReport(report: ExperimentReport): void {
  const again = checkReport(JSON.parse(toJson(report)));
  expect(unsigned(again)).toEqual(unsigned(report));
  areNumbers(report);
  for (const words of wordsOf(report)) {
    expect(words).toEqual(expect.any(String));
    expect(words.length).toBeLessThan(1_000_000);
    expect(words).not.toMatch(/undefined|\[object/);
  }
}

/** JSON's numbers are finite; what a table says as null is NaN, and an interval's end that is open is infinite. */
function areNumbers(value: unknown, name = ''): void {
  if (typeof value === 'number') expect(Number.isFinite(value) || Number.isNaN(value), `${name}: ${value}`).toBe(true);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) if (key !== 'ci95_ms') areNumbers(part, `${name}.${key}`);
}

function wordsOf(report: ExperimentReport): string[] {
  const { sweeps, training, environment } = report;
  return [
    verdict(sweeps, environment.n_threads),
    asyncSentence(sweeps),
    ...Object.entries(sweeps).map(([name, sweep]) => sweepSentence(name, sweep)),
    ...rules(sweeps, training).map(({ words }) => words),
    ...hidden(report).flatMap(({ printed, hides, here }) => [printed, hides, here ?? '']),
    ...[pythonSnippet(report), machineWords(report), sweepsCsv(sweeps), trainingCsv(training)],
    ...[referenceWords({ report, from: 'link' }), verdictOf({ report, from: 'file' })],
    JSON.stringify(leanExperiment(report)),
  ];
}
