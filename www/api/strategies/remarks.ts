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

function noteOf({ kind, strategy, n_rows }: Exclude<Remark, LeftOut>): string {
  const point = `${strategy} at ${rows(n_rows)}`;
  return kind === 'unequal'
    ? `${point} gave other labels than serial: an error, not a time.`
    : `${point} was not measured: the page was hidden.`;
}

function leftOut(same: readonly LeftOut[]): string {
  const names = new Intl.ListFormat('en-GB').format(same.map(({ strategy }) => strategy));
  const times = same.map(({ call_ms }) => Number((call_ms / 1000).toPrecision(2)));
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const range = least < most ? `${least} to ${most}` : `${most}`;
  return `${names} at ${rows(same[0]?.n_rows ?? 0)} left out: one call would take about ${range} s.`;
}

function rows(n: number): string {
  return `${n.toLocaleString('en')} rows`;
}
