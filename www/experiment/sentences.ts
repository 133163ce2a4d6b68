/** The sentences a report draws from its numbers. Pure, so that they can be tested. */
import type { MeasureReport } from '../api/types.js';
import { about, list } from './format.js';

/** The notebook's test: busy / wall ≈ 1 is one core; ≫ 1 is parallel already; ≪ 1 is waiting. */
export function busyPerWallSentence(busy_per_wall: number): string {
  if (!Number.isFinite(busy_per_wall)) {
    return 'Too quick for this page’s clock: busy / wall cannot be told.';
  }
  const ratio = busy_per_wall.toFixed(2);
  if (busy_per_wall > 1.25) return `busy / wall = ${ratio}, well above 1: several cores at work, parallel already.`;
  if (busy_per_wall >= 0.75) return `busy / wall = ${ratio}, about 1: only one core at work, not parallel.`;
  const waiting = Math.round((1 - busy_per_wall) * 100);
  return `busy / wall = ${ratio}, below 1: one core, and ${waiting} % of the time spent waiting for it.`;
}

/** One break-even against serial, in words. */
export function breakEvenSentence({ strategy, n_rows, ci95, verdict }: Omit<BreakEven, 'sentence'>): string {
  const subject = strategy === 'workers' ? 'Isolated workers' : `${strategy[0]?.toUpperCase()}${strategy.slice(1)}`;
  if (verdict === 'never_pays') return `${subject}: slower than serial at every size measured.`;
  if (verdict === 'unclear' || n_rows === null) return `${subject}: too close to serial to tell.`;
  const within = ci95 ? ` (95 %: ${about(ci95[0])} to ${about(ci95[1])})` : '';
  return `${subject}: faster than serial from about ${about(n_rows)} rows${within}.`;
}

/** What one model's sweep found: the title of its chart. */
export function sweepSentence(classifier: string, { break_even }: Pick<MeasureReport, 'break_even'>): string {
  const first = earliest(break_even);
  if (first) return `${classifier}: ${pays(first.strategy)} from about ${about(first.n_rows)} rows`;
  if (break_even.some(({ verdict }) => verdict === 'unclear')) return `${classifier}: no clear break-even`;
  if (break_even.length === 0) return `${classifier}: nothing to compare with serial`;
  return `${classifier}: serial is fastest at every size measured`;
}

/** The answer to the question, over all models. */
export function verdict(sweeps: Record<string, Pick<MeasureReport, 'break_even'>>, n_threads: number): string {
  const gains: string[] = [];
  const never: string[] = [];
  const unclear: string[] = [];
  for (const [classifier, { break_even }] of Object.entries(sweeps)) {
    const first = earliest(break_even);
    if (first) gains.push(`from about ${about(first.n_rows)} rows for ${classifier} (${name(first.strategy)})`);
    else if (break_even.some((found) => found.verdict === 'unclear')) unclear.push(classifier);
    else if (break_even.length > 0) never.push(classifier);
  }
  if (gains.length + never.length + unclear.length === 0) {
    return 'Only serial prediction was measured, so there is no break-even to tell.';
  }
  const machine = `On this machine, with ${n_threads} ${n_threads === 1 ? 'thread' : 'threads'},`;
  const parts: string[] = [];
  if (gains.length > 0) parts.push(`parallel prediction pays ${list(gains)}`);
  if (never.length > 0)
    parts.push(`${gains.length > 0 ? 'it never pays' : 'parallel prediction never pays'} for ${list(never)}`);
  if (unclear.length > 0) parts.push(`the break-even of ${list(unclear)} is too close to call`);
  return `${machine} ${parts.join('; ')}.`;
}

type BreakEven = MeasureReport['break_even'][number];

/** The strategy that pays at the smallest batch; the earlier in the list where two tie. */
export function earliest(break_even: readonly BreakEven[]): (BreakEven & { n_rows: number }) | null {
  let best: (BreakEven & { n_rows: number }) | null = null;
  for (const found of break_even) {
    if (found.verdict !== 'pays' || found.n_rows === null) continue;
    if (best === null || found.n_rows < best.n_rows) best = { ...found, n_rows: found.n_rows };
  }
  return best;
}

function pays(strategy: string): string {
  return `${name(strategy)} ${strategy === 'threads' || strategy === 'workers' ? 'pay' : 'pays'}`;
}

function name(strategy: string): string {
  return strategy === 'workers' ? 'isolated workers' : strategy;
}
