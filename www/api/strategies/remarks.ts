/** What a measurement left out or found wrong, in words. */
import type { MeasurePoint, Strategy } from '../types.js';

interface LeftOut {
  kind: 'left_out';
  strategy: string;
  n_rows: number;
  call_ms: number;
}

/** As Rust says it. */
export type Remark = { kind: 'unequal' | 'hidden'; strategy: string; n_rows: number } | LeftOut;

/** Whether nothing is left of a strategy's points because the page was hidden when they were measured. */
export function isAllHidden(remarks: readonly Remark[], points: readonly MeasurePoint[], strategy: Strategy): boolean {
  return (
    remarks.some((remark) => remark.kind === 'hidden' && remark.strategy === strategy) &&
    !points.some((point) => point.strategy === strategy)
  );
}

/** A sentence each; a size that was left out of several strategies has one. */
export function notesOf(remarks: readonly Remark[]): string[] {
  const notes = remarks.map((remark) => {
    if (remark.kind !== 'left_out') return noteOf(remark);
    const same = remarks.filter((one): one is LeftOut => one.kind === 'left_out' && one.n_rows === remark.n_rows);
    return leftOut(same);
  });
  return [...new Set(notes)];
}

/** Of a measurement whose time is over: a sentence for each size that it never came to, unless one says so already. */
export function notReached(
  { points, notes }: { points: readonly MeasurePoint[]; notes: readonly string[] },
  strategies: readonly Strategy[],
  batch_sizes: readonly number[],
): string[] {
  return batch_sizes.flatMap((n_rows) => {
    if (notes.some((note) => note.includes(` at ${rows(n_rows)} `))) return [];
    const is = (strategy: Strategy) => points.some((one) => one.n_rows === n_rows && one.strategy === strategy);
    const missing = strategies.filter((strategy) => !is(strategy));
    return missing.length > 0 ? [`${names(missing)} at ${rows(n_rows)} not measured: the time was over before.`] : [];
  });
}

function noteOf({ kind, strategy, n_rows }: Exclude<Remark, LeftOut>): string {
  const point = `${strategy} at ${rows(n_rows)}`;
  return kind === 'unequal'
    ? `${point} gave other labels than serial: an error, not a time.`
    : `${point} was not measured: the page was hidden.`;
}

function leftOut(same: readonly LeftOut[]): string {
  const times = same.map(({ call_ms }) => Number((call_ms / 1000).toPrecision(2)));
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const range = least < most ? `${least} to ${most}` : `${most}`;
  return `${names(same.map(({ strategy }) => strategy))} at ${rows(same[0]?.n_rows ?? 0)} left out: one call would take about ${range} s.`;
}

function names(strategies: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(strategies);
}

function rows(n: number): string {
  return `${n.toLocaleString('en')} rows`;
}
