/** The sweep: time of one call over batch size, a line a strategy, and where the lines cross. */
import * as Plot from '@observablehq/plot';
import type { BreakEven } from '../api/types.js';
import { about, duration } from '../experiment/format.js';
import { intervalWords, isWide, sweepSentence } from '../experiment/words.js';
import { draw } from './figure.js';
import { labelsApart, lastOf, power, powersIn } from './series.js';
import { FAINT, NARROW, STRATEGY_COLOURS, STRATEGY_SYMBOLS } from './theme.js';
import { bands, crossingsIn, drawable, intervalIn, inWords, lines, type Sweep, timesOf, tips } from './times.js';

export interface SweepData {
  own: Sweep;
  /** Somebody else's, drawn faint. */
  behind: Sweep | null;
}

const MARGIN = { right: 74, bottom: 46, left: 62 };
const LINE_OF_TEXT = 14;

export function sweepHeight(width: number): number {
  return width < NARROW ? 300 : 360;
}

export function sweepTimes(classifier: string, { own: sweep, behind }: SweepData, width: number): SVGSVGElement {
  const points = drawable(sweep.points);
  const faint = drawable(behind?.points ?? []);
  const strategies = [...new Set(points.map((point) => point.strategy))];
  const narrow = width < NARROW;
  const height = sweepHeight(width);
  const [low, high] = timesOf(points, faint);
  const times = powersIn([low, high], 1);
  const sizes = [...points, ...faint].map((point) => point.n_rows);
  const crossings = crossingsIn(sweep.break_even, sizes);
  const marginTop = 8 + LINE_OF_TEXT * Math.max(1, crossings.length);
  const plotHeight = height - marginTop - MARGIN.bottom;
  const ends = strategies.flatMap((strategy) => lastOf(points.filter((point) => point.strategy === strategy)));
  const offsets = labelsApart(ends.map((end) => (plotHeight * Math.log(high / end.median_ms)) / Math.log(high / low)));
  const rule = { stroke: 'strategy', strokeDasharray: '3 3', strokeWidth: 1.5 };
  return draw(width, sweepSentence(classifier, sweep), inWords(classifier, sweep), {
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
      bands(points, [low, high]),
      Plot.rectX(crossings, {
        x1: (found: BreakEven) => intervalIn(found, sizes)[0],
        x2: (found: BreakEven) => intervalIn(found, sizes)[1],
        ...{ fill: 'strategy', fillOpacity: 0.12, className: 'break-even-interval' },
      }),
      Plot.lineY(faint, {
        ...{ x: 'n_rows', y: 'median_ms', z: 'strategy', stroke: 'strategy', className: 'behind' },
        ...{ strokeWidth: 1.5, strokeOpacity: 0.5, strokeDasharray: '5 3' },
      }),
      Plot.ruleX(crossings, { x: 'n_rows', ...rule, className: 'break-even' }),
      Plot.ruleX(
        crossings.filter(({ to_rows }) => to_rows && to_rows <= Math.max(...sizes)),
        { x: 'to_rows', ...rule, className: 'break-even-end' },
      ),
      ...lines(points),
      crossings.map((found, i) =>
        Plot.text([found], {
          ...{
            x: 'n_rows',
            frameAnchor: 'top',
            dy: -LINE_OF_TEXT * (i + 1) + 2,
            fill: 'strategy',
            fontWeight: 600,
          },
          text: () => labelOf(found, narrow),
          className: 'break-even-label',
        }),
      ),
      ends.map((end, i) =>
        Plot.text([end], {
          ...{ x: 'n_rows', y: 'median_ms', dx: 9, dy: offsets[i] ?? 0, textAnchor: 'start', fontWeight: 600 },
          ...{ fill: STRATEGY_COLOURS[end.strategy], text: 'strategy', className: 'end-label' },
        }),
      ),
      tips(points),
    ],
  });
}

function labelOf(found: BreakEven, narrow: boolean): string {
  const { n_rows, to_rows } = found;
  const from = isWide(found) ? `(${intervalWords(found, [])})` : about(n_rows ?? 0);
  const range = `${from}${to_rows ? ` to ${about(to_rows)}` : ''}`;
  return narrow ? range : `${range} rows`;
}
