/** What a measurement left out or found wrong, in words. */
import type { BreakEven, MeasurePoint, Strategy } from '../types.js';

interface LeftOut {
  kind: 'left_out';
  strategy: string;
  n_threads: number;
  n_rows: number;
  call_ms: number;
}

/** As Rust says it. */
export type Remark = { kind: 'unequal' | 'hidden'; strategy: string; n_threads: number; n_rows: number } | LeftOut;

type Named = Pick<Remark, 'strategy' | 'n_threads'>;

/** Whether nothing is left of a strategy's points because the page was hidden when they were measured. */
export function isAllHidden(remarks: readonly Remark[], points: readonly MeasurePoint[], found: BreakEven): boolean {
  const isIts = ({ strategy, n_threads }: Named) =>
    strategy === found.strategy && n_threads === (found.n_threads ?? n_threads);
  return remarks.some((remark) => remark.kind === 'hidden' && isIts(remark)) && !points.some(isIts);
}

/** A sentence each; a size that was left out of several strategies has one. `several`: numbers of threads were measured. */
export function notesOf(remarks: readonly Remark[], several = false): string[] {
  const name = nameOf(several);
  const notes = remarks.map((remark) => {
    if (remark.kind !== 'left_out') return noteOf(remark, name(remark));
    const same = remarks.filter((one): one is LeftOut => one.kind === 'left_out' && one.n_rows === remark.n_rows);
    return leftOut(same, same.map(name));
  });
  return [...new Set(notes)];
}

/** A strategy by its name, or its number of threads where there are several. */
function nameOf(several: boolean) {
  return ({ strategy, n_threads }: Named) => (several && strategy === 'threads' ? `${n_threads} threads` : strategy);
}

/** Of a measurement whose time is over: a sentence for each size that it never came to, unless one says so already. */
export function notReached(
  { points, notes }: { points: readonly MeasurePoint[]; notes: readonly string[] },
  strategies: readonly Strategy[],
  batch_sizes: readonly number[],
  thread_counts: readonly number[] = [],
): string[] {
  const name = nameOf(thread_counts.length > 0);
  const lanes = strategies.flatMap((strategy): { strategy: Strategy; n_threads: number | null }[] =>
    strategy === 'threads' && thread_counts.length > 0
      ? [...thread_counts].sort((a, b) => a - b).map((n_threads) => ({ strategy, n_threads }))
      : [{ strategy, n_threads: null }],
  );
  return batch_sizes.flatMap((n_rows) => {
    if (notes.some((note) => note.includes(` at ${rows(n_rows)} `))) return [];
    const own = points.filter((one) => one.n_rows === n_rows);
    const missing = lanes
      .filter(
        (lane) =>
          !own.some((one) => one.strategy === lane.strategy && one.n_threads === (lane.n_threads ?? one.n_threads)),
      )
      .map(({ strategy, n_threads }) => name({ strategy, n_threads: n_threads ?? 0 }));
    return missing.length > 0 ? [`${names(missing)} at ${rows(n_rows)} not measured: the time was over before.`] : [];
  });
}

function noteOf({ kind, n_rows }: Exclude<Remark, LeftOut>, name: string): string {
  const point = `${name} at ${rows(n_rows)}`;
  return kind === 'unequal'
    ? `${point} gave other labels than serial: an error, not a time.`
    : `${point} was not measured: the page was hidden.`;
}

function leftOut(same: readonly LeftOut[], called: readonly string[]): string {
  const times = same.map(({ call_ms }) => Number((call_ms / 1000).toPrecision(2)));
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const range = least < most ? `${least} to ${most}` : `${most}`;
  return `${names(called)} at ${rows(same[0]?.n_rows ?? 0)} left out: one call would take about ${range} s.`;
}

function names(strategies: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(strategies);
}

function rows(n: number): string {
  return `${n.toLocaleString('en')} rows`;
}
