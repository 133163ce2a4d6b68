/** How many times as fast as serial a strategy is, over batch size, a line a classifier. */
import * as Plot from '@observablehq/plot';
import type { MeasurePoint, MeasureReport, Strategy } from '../api/types.js';
import { count, counted, digits } from '../experiment/format.js';
import { draw } from './figure.js';
import { brief, labelsApart, lastOf } from './series.js';
import { FAINT, NARROW, SERIES_COLOURS, SERIES_SYMBOLS, TIP } from './theme.js';

export interface Speedup {
  classifier: string;
  n_rows: number;
  n_threads: number;
  /** Serial's median over the strategy's. */
  speedup: number;
  /** From the ends of both intervals: no narrower than 95 %. */
  low: number;
  high: number;
}

export interface SpeedupData {
  own: Speedup[];
  /** Somebody else's, drawn faint. */
  behind: Speedup[];
}

type Sweeps = Record<string, Pick<MeasureReport, 'points'>>;

export function speedups(sweeps: Sweeps, strategy: Strategy): Speedup[] {
  return Object.entries(sweeps).flatMap(([classifier, { points }]) => {
    const serial = new Map(points.filter((p) => p.strategy === 'serial').map((p) => [p.n_rows, p]));
    return points.flatMap((point) => {
      const base = serial.get(point.n_rows);
      return point.strategy === strategy && base ? [ratio(classifier, base, point)] : [];
    });
  });
}

function ratio(classifier: string, base: MeasurePoint, point: MeasurePoint): Speedup {
  return {
    ...{ classifier, n_rows: point.n_rows, n_threads: point.n_threads, speedup: base.median_ms / point.median_ms },
    low: base.ci95_ms[0] / point.ci95_ms[1],
    high: base.ci95_ms[1] / point.ci95_ms[0],
  };
}

export function speedupTitle(strategy: string, { own, behind }: SpeedupData): string {
  const shown = own.length > 0 ? own : behind;
  if (shown.length === 0) return `${strategy} was not measured`;
  // A gain that may as well be chance is none.
  const gains = shown.filter((p) => p.low > 1);
  if (gains.length === 0) return `${strategy}: no gain beyond the noise, at any size measured`;
  const best = gains.reduce((a, b) => (b.speedup > a.speedup ? b : a));
  const at = `${best.classifier} at ${count(best.n_rows)} rows`;
  return `The most that ${strategy} gained: ${digits(best.speedup)} times as fast, ${at}`;
}

export function speedupHeight(width: number): number {
  return width < NARROW ? 300 : 360;
}

export function speedupLines(strategy: string, data: SpeedupData, width: number): SVGSVGElement {
  const shown = [...data.own, ...data.behind];
  const names = [...new Set(shown.map((p) => p.classifier))];
  const height = speedupHeight(width);
  const [marginTop, marginBottom] = [12, 46];
  const values = shown.flatMap((p) => [p.speedup, 1]).filter((v) => v > 0 && Number.isFinite(v));
  const [low, high] = [Math.min(0.5, ...values) / 1.2, Math.max(2, ...values) * 1.2];
  const ends = names.flatMap((name) =>
    lastOf(data.own.filter((p) => p.classifier === name)).concat(
      data.own.length ? [] : lastOf(data.behind.filter((p) => p.classifier === name)),
    ),
  );
  const plotHeight = height - marginTop - marginBottom;
  const offsets = labelsApart(ends.map((p) => (plotHeight * Math.log(high / p.speedup)) / Math.log(high / low)));
  const within = (value: number) => Math.min(high, Math.max(low, value));
  const line = (points: Speedup[], strokeOpacity: number) =>
    Plot.lineY(points, {
      ...{ x: 'n_rows', y: 'speedup', z: 'classifier', stroke: 'classifier', strokeOpacity },
      ...(strokeOpacity < 1
        ? { strokeWidth: 1.5, strokeDasharray: '5 3', className: 'behind' }
        : { strokeWidth: 2, className: 'speedup' }),
    });
  const faint = data.own.length > 0 ? 0.45 : 1;
  return draw(width, speedupTitle(strategy, data), inWords(strategy, shown), {
    ...{ height, marginTop, marginBottom, marginLeft: 50, marginRight: 54 },
    x: { type: 'log', label: 'rows in the batch →', labelArrow: 'none', tickFormat: brief, ticks: tens(shown) },
    y: {
      type: 'log',
      label: null,
      domain: [low, high],
      tickFormat: (v: number) => `×${digits(v)}`,
      ticks: twos(low, high),
    },
    color: { domain: names, range: [...SERIES_COLOURS] },
    symbol: { domain: names, range: [...SERIES_SYMBOLS] },
    marks: [
      Plot.gridY(twos(low, high), { stroke: FAINT, strokeOpacity: 1 }),
      Plot.ruleY([1], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      Plot.areaY(data.own, {
        ...{ x: 'n_rows', z: 'classifier', fill: 'classifier', fillOpacity: 0.14, className: 'interval' },
        y1: (p: Speedup) => within(p.low),
        y2: (p: Speedup) => within(p.high),
      }),
      line(data.behind, faint),
      line(data.own, 1),
      Plot.dot(data.own.length > 0 ? data.own : data.behind, {
        ...{ x: 'n_rows', y: 'speedup', fill: 'classifier', symbol: 'classifier', r: 3.5, className: 'point' },
      }),
      ends.map((p, i) =>
        Plot.text([p], {
          ...{ x: 'n_rows', y: 'speedup', dx: 9, dy: offsets[i] ?? 0, textAnchor: 'start', fontWeight: 600 },
          ...{ fill: SERIES_COLOURS[names.indexOf(p.classifier) % SERIES_COLOURS.length], text: () => p.classifier },
        }),
      ),
      Plot.tip(shown, Plot.pointer({ x: 'n_rows', y: 'speedup', title: tip, ...TIP })),
    ],
  });
}

function tip(p: Speedup): string {
  return `${p.classifier}, ${counted(p.n_rows, 'row')}, ${counted(p.n_threads, 'thread')}\n×${digits(p.speedup)} (${digits(p.low)} to ${digits(p.high)})`;
}

function inWords(strategy: string, shown: readonly Speedup[]): string {
  const words = shown.map((p) => `${p.classifier} at ${count(p.n_rows)} rows: ×${digits(p.speedup)}`);
  return `Serial time over ${strategy} time, over batch size, both logarithmic. ${words.join('; ')}.`;
}

function tens(shown: readonly Speedup[]): number[] {
  const sizes = shown.map((p) => p.n_rows);
  return Array.from({ length: 9 }, (_, i) => 10 ** i).filter((n) => n >= Math.min(...sizes) && n <= Math.max(...sizes));
}

/** The powers of two within, thinned to what there is room for. */
function twos(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))];
  const step = Math.max(1, Math.ceil((last - first) / 8));
  return Array.from({ length: 40 }, (_, i) => (i - 20) * step)
    .filter((e) => e >= first && e <= last)
    .map((e) => 2 ** e);
}
