/** What the charts of call times over batch size have in common. */
import * as Plot from '@observablehq/plot';
import type { BreakEven, MeasurePoint, MeasureReport } from '../api/types.js';
import { count, counted, duration } from '../experiment/format.js';
import { aboutOf, breakEvenSentence, flagWords } from '../experiment/words.js';
import { TIP } from './theme.js';

export type Sweep = Pick<MeasureReport, 'points' | 'break_even'> & Partial<Pick<MeasureReport, 'capacity'>>;

/** Those that a logarithmic scale can show. */
export function drawable(points: readonly MeasurePoint[]): MeasurePoint[] {
  return points.filter((point) => point.median_ms > 0);
}

/** Intervals are shown so many times beyond the lines: after few rounds they would squeeze those. */
const BEYOND = 3;

/** From the shortest to the longest of what is drawn, with some room. */
export function timesOf(points: readonly MeasurePoint[], behind: readonly MeasurePoint[] = []): [number, number] {
  const medians = [...points, ...behind].map((point) => point.median_ms).filter((ms) => ms > 0);
  if (medians.length === 0) return [0.001, 1];
  const [least, most] = [Math.min(...medians), Math.max(...medians)];
  const ends = points.flatMap((point) => point.ci95_ms);
  const low = Math.min(least, ...ends.map((ms) => Math.max(ms, least / BEYOND)));
  const high = Math.max(most, ...ends.map((ms) => Math.min(ms, most * BEYOND)));
  return [low / 1.3, high * 1.3];
}

/** Break-evens among these sizes: one beyond them would squeeze the lines, and the table has it. */
export function crossingsIn(break_even: readonly BreakEven[], sizes: readonly number[]): BreakEven[] {
  return break_even.filter(
    ({ verdict, n_rows }) => verdict === 'pays' && n_rows !== null && n_rows <= Math.max(...sizes),
  );
}

/** The interval of a break-even, as far as it lies within the sizes. */
export function intervalIn({ ci95, n_rows }: BreakEven, sizes: readonly number[]): [number, number] {
  const [low, high] = ci95 ?? [n_rows ?? 1, n_rows ?? 1];
  return [Math.max(Math.min(...sizes), low), Math.min(Math.max(...sizes), high)];
}

/** How a point is drawn: as it is, or with other times. */
type Shown = (point: MeasurePoint) => MeasurePoint;
const asIs: Shown = (point) => point;

/** The bands of the points' intervals. */
export function bands(points: MeasurePoint[], [low, high]: [number, number], shown = asIs): Plot.Markish {
  const within = (ms: number) => Math.min(high, Math.max(low, ms));
  return Plot.areaY(points.map(shown), {
    ...{ x: 'n_rows', z: 'strategy', fill: 'strategy', fillOpacity: 0.18, className: 'interval' },
    y1: (point: MeasurePoint) => within(point.ci95_ms[0]),
    y2: (point: MeasurePoint) => within(point.ci95_ms[1]),
  });
}

/** A line and marks for each strategy. */
export function lines(points: MeasurePoint[], shown = asIs): Plot.Markish[] {
  const at = { x: 'n_rows', y: 'median_ms' };
  return [
    Plot.lineY(points.map(shown), { ...at, z: 'strategy', stroke: 'strategy', strokeWidth: 2, className: 'median' }),
    Plot.dot(points.map(shown), { ...at, fill: 'strategy', symbol: 'strategy', r: 3.5, className: 'point' }),
  ];
}

/** What a pointer at a point tells. */
export function tips(points: MeasurePoint[], shown = asIs): Plot.Markish {
  const y = (point: MeasurePoint) => shown(point).median_ms;
  return Plot.tip(points, Plot.pointer({ x: 'n_rows', y, title: tip, ...TIP }));
}

function tip(point: MeasurePoint): string {
  const [from, to] = point.ci95_ms;
  const lines = [
    `${point.strategy}, ${counted(point.n_rows, 'row')}`,
    `${duration(point.median_ms)} (95 %: ${duration(from)} to ${duration(to)})`,
    `${count(point.rows_per_s)} rows/s; ${counted(point.n_samples, 'sample')} in ${counted(point.n_rounds, 'round')}`,
  ];
  return [...lines, ...point.flags.map(flagWords)].join('\n');
}

/** For those who do not see the picture. */
export function inWords(classifier: string, sweep: Sweep): string {
  const found = sweep.break_even.map((one) => breakEvenSentence(one, aboutOf(sweep, one.strategy))).join(' ');
  return `Median prediction time of ${classifier} over batch size, both logarithmic, by strategy. ${found}`;
}
