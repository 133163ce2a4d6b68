/** The sweep: time of one call over batch size, a line a strategy, and where the lines cross. */
import * as Plot from '@observablehq/plot';
import type { MeasurePoint, MeasureReport } from '../api/types.js';
import { about, count, duration } from '../experiment/format.js';
import { sweepSentence } from '../experiment/sentences.js';
import { draw } from './figure.js';
import { labelsApart, lastOf, power, powersIn } from './series.js';
import { FAINT, NARROW, PAPER, STRATEGY_COLOURS, STRATEGY_SYMBOLS } from './theme.js';

type Sweep = Pick<MeasureReport, 'points' | 'break_even'>;

export interface SweepData {
  own: Sweep;
  /** Somebody else's, drawn faint. */
  behind: Sweep | null;
}

const MARGIN = { right: 74, bottom: 46, left: 62 };
const LINE_OF_TEXT = 14;

export function sweepTitle(classifier: string, sweep: Sweep): string {
  return sweepSentence(classifier, sweep);
}

export function sweepHeight(width: number): number {
  return width < NARROW ? 300 : 360;
}

export function sweepTimes(classifier: string, { own: sweep, behind }: SweepData, width: number): SVGSVGElement {
  const points = sweep.points.filter((point) => point.median_ms > 0);
  const faint = (behind?.points ?? []).filter((point) => point.median_ms > 0);
  const strategies = [...new Set(points.map((point) => point.strategy))];
  const narrow = width < NARROW;
  const height = sweepHeight(width);
  const medians = [...points, ...faint].map((point) => point.median_ms);
  const [low, high] = domain([...medians, ...points.flatMap((point) => positive(point.ci95_ms))]);
  const times = powersIn([low, high], 1);
  const sizes = [...points, ...faint].map((point) => point.n_rows);
  // One beyond the sizes measured would squeeze the lines: the table has it.
  const within = (n_rows: number | null) => n_rows !== null && n_rows <= Math.max(...sizes);
  const crossings = sweep.break_even.filter((found) => found.verdict === 'pays' && within(found.n_rows));
  const marginTop = 8 + LINE_OF_TEXT * Math.max(1, crossings.length);
  const plotHeight = height - marginTop - MARGIN.bottom;
  const ends = strategies.flatMap((strategy) => lastOf(points.filter((point) => point.strategy === strategy)));
  const offsets = labelsApart(ends.map((end) => (plotHeight * Math.log(high / end.median_ms)) / Math.log(high / low)));
  return draw(width, sweepTitle(classifier, sweep), inWords(classifier, sweep), {
    height,
    marginTop,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    x: {
      type: 'log',
      label: 'rows in the batch →',
      labelArrow: 'none',
      tickFormat: power,
      ticks: powersIn(sizes, narrow ? 2 : 1),
    },
    y: { type: 'log', label: null, domain: [low, high], tickFormat: duration, ticks: times },
    color: { domain: strategies, range: strategies.map((strategy) => STRATEGY_COLOURS[strategy]) },
    symbol: { domain: strategies, range: strategies.map((strategy) => STRATEGY_SYMBOLS[strategy]) },
    marks: [
      Plot.gridY(times, { stroke: FAINT, strokeOpacity: 1 }),
      Plot.areaY(points, {
        ...{ x: 'n_rows', z: 'strategy', fill: 'strategy', fillOpacity: 0.18, className: 'interval' },
        y1: (point: MeasurePoint) => Math.max(low, point.ci95_ms[0]),
        y2: (point: MeasurePoint) => Math.max(low, point.ci95_ms[1]),
      }),
      Plot.rectX(crossings, {
        x1: (found: Found) => Math.max(Math.min(...sizes), found.ci95?.[0] ?? found.n_rows ?? 1),
        x2: (found: Found) => Math.min(Math.max(...sizes), found.ci95?.[1] ?? found.n_rows ?? 1),
        ...{ fill: 'strategy', fillOpacity: 0.12, className: 'break-even-interval' },
      }),
      Plot.lineY(faint, {
        ...{ x: 'n_rows', y: 'median_ms', z: 'strategy', stroke: 'strategy', className: 'behind' },
        ...{ strokeWidth: 1.5, strokeOpacity: 0.5, strokeDasharray: '5 3' },
      }),
      Plot.ruleX(crossings, {
        x: 'n_rows',
        stroke: 'strategy',
        strokeDasharray: '3 3',
        strokeWidth: 1.5,
        className: 'break-even',
      }),
      Plot.lineY(points, {
        x: 'n_rows',
        y: 'median_ms',
        z: 'strategy',
        stroke: 'strategy',
        strokeWidth: 2,
        className: 'median',
      }),
      Plot.dot(points, {
        x: 'n_rows',
        y: 'median_ms',
        fill: 'strategy',
        symbol: 'strategy',
        r: 3.5,
        className: 'point',
      }),
      crossings.map((found, i) =>
        Plot.text([found], {
          ...{
            x: 'n_rows',
            frameAnchor: 'top',
            dy: -LINE_OF_TEXT * (i + 1) + 2,
            fill: 'strategy',
            fontWeight: 600,
          },
          text: () => `${about(found.n_rows ?? 0)}${narrow ? '' : ' rows'}`,
          className: 'break-even-label',
        }),
      ),
      ends.map((end, i) =>
        Plot.text([end], {
          ...{ x: 'n_rows', y: 'median_ms', dx: 9, dy: offsets[i] ?? 0, textAnchor: 'start', fontWeight: 600 },
          ...{ fill: STRATEGY_COLOURS[end.strategy], text: 'strategy', className: 'end-label' },
        }),
      ),
      Plot.tip(
        points,
        Plot.pointer({
          x: 'n_rows',
          y: 'median_ms',
          title: tip,
          lineHeight: 1.35,
          fill: PAPER,
          textPadding: 10,
        }),
      ),
    ],
  });
}

type Found = MeasureReport['break_even'][number];

function tip(point: MeasurePoint): string {
  const [from, to] = point.ci95_ms;
  const lines = [
    `${point.strategy}, ${count(point.n_rows)} rows`,
    `${duration(point.median_ms)} (95 %: ${duration(from)} to ${duration(to)})`,
    `${count(point.rows_per_s)} rows/s, ${point.n_samples} samples`,
  ];
  return [...lines, ...point.flags.map((flag) => flag.replaceAll('_', ' '))].join('\n');
}

function inWords(classifier: string, sweep: Sweep): string {
  const found = sweep.break_even.map(({ sentence }) => sentence).join(' ');
  return `Median prediction time of ${classifier} over batch size, both logarithmic, by strategy. ${found}`;
}

function positive(values: readonly number[]): number[] {
  return values.filter((value) => value > 0);
}

function domain(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0.001, 1];
  return [Math.min(...values) / 1.3, Math.max(...values) * 1.3];
}
