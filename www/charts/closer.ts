/** One classifier, closer: a pool that is awake against one that sleeps. */
import * as Plot from '@observablehq/plot';
import type { MeasurePoint } from '../api/types.js';
import { count, duration } from '../experiment/format.js';
import { draw } from './figure.js';
import { brief, labelsApart, lastOf, powersIn } from './series.js';
import { ACCENT, FAINT, TIP } from './theme.js';

export interface ParkedData {
  hot: MeasurePoint[];
  parked: MeasurePoint[];
}

const HEIGHT = 300;
const POOLS = ['awake', 'asleep'] as const;

export interface PoolPoint extends MeasurePoint {
  pool: (typeof POOLS)[number];
}

/** Threads at the sizes that both have. */
export function poolPoints({ hot, parked }: ParkedData): PoolPoint[] {
  const sizes = new Set(parked.map((point) => point.n_rows));
  const of = (points: MeasurePoint[], pool: PoolPoint['pool']) =>
    points
      .filter((point) => point.strategy === 'threads' && sizes.has(point.n_rows) && point.median_ms > 0)
      .map((point) => ({ ...point, pool }));
  return [...of(hot, 'awake'), ...of(parked, 'asleep')];
}

export function parkedTitle(classifier: string, data: ParkedData): string {
  const points = poolPoints(data);
  const smallest = Math.min(...points.map((point) => point.n_rows));
  const [awake, asleep] = POOLS.map((pool) => points.find((p) => p.pool === pool && p.n_rows === smallest)?.median_ms);
  if (awake === undefined || asleep === undefined) return `${classifier}: threads were not measured`;
  const more = asleep - awake;
  if (more <= 0) return `${classifier}: waking the pool costs nothing that can be told at ${count(smallest)} rows`;
  return `${classifier}: waking the pool costs ${duration(more)} a call at ${count(smallest)} rows`;
}

export function parkedTimes(classifier: string, data: ParkedData, width: number): SVGSVGElement {
  const points = poolPoints(data);
  const medians = points.flatMap((point) => [point.median_ms, ...point.ci95_ms.filter((ms) => ms > 0)]);
  const [low, high] = [Math.min(...medians) / 1.3, Math.max(...medians) * 1.3];
  const sizes = points.map((point) => point.n_rows);
  const times = powersIn([low, high], 1);
  const [marginTop, marginBottom] = [12, 46];
  const ends = POOLS.flatMap((pool) => lastOf(points.filter((point) => point.pool === pool)));
  const offsets = labelsApart(
    ends.map((end) => ((HEIGHT - marginTop - marginBottom) * Math.log(high / end.median_ms)) / Math.log(high / low)),
  );
  const words = points.map((p) => `${p.pool} at ${count(p.n_rows)} rows: ${duration(p.median_ms)}`).join('; ');
  return draw(width, parkedTitle(classifier, data), `Median time of one threads call. ${words}.`, {
    ...{ height: HEIGHT, marginTop, marginBottom, marginLeft: 62, marginRight: 64 },
    x: { type: 'log', label: 'rows in the batch →', labelArrow: 'none', tickFormat: brief, ticks: powersIn(sizes, 1) },
    y: { type: 'log', label: null, domain: [low, high], tickFormat: duration, ticks: times },
    color: { domain: [...POOLS], range: [ACCENT, 'var(--be-workers, #2f7fc1)'] },
    symbol: { domain: [...POOLS], range: ['square', 'circle'] },
    marks: [
      Plot.gridY(times, { stroke: FAINT, strokeOpacity: 1 }),
      Plot.areaY(points, {
        ...{ x: 'n_rows', z: 'pool', fill: 'pool', fillOpacity: 0.16, className: 'interval' },
        y1: (point: PoolPoint) => Math.max(low, point.ci95_ms[0]),
        y2: (point: PoolPoint) => Math.max(low, point.ci95_ms[1]),
      }),
      Plot.lineY(points, {
        x: 'n_rows',
        y: 'median_ms',
        z: 'pool',
        stroke: 'pool',
        strokeWidth: 2,
        className: 'median',
      }),
      Plot.dot(points, { x: 'n_rows', y: 'median_ms', fill: 'pool', symbol: 'pool', r: 3.5, className: 'point' }),
      ends.map((end, i) =>
        Plot.text([end], {
          ...{ x: 'n_rows', y: 'median_ms', dx: 9, dy: offsets[i] ?? 0, textAnchor: 'start', fontWeight: 600 },
          ...{ fill: end.pool === 'awake' ? ACCENT : 'var(--be-workers, #2f7fc1)', text: 'pool' },
        }),
      ),
      Plot.tip(points, Plot.pointer({ x: 'n_rows', y: 'median_ms', title: tip, ...TIP })),
    ],
  });
}

function tip(p: PoolPoint): string {
  return `pool ${p.pool}, ${count(p.n_rows)} rows\n${duration(p.median_ms)} (95 %: ${duration(p.ci95_ms[0])} to ${duration(p.ci95_ms[1])})`;
}
