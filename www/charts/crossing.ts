/**
 * The answer as a picture: what one row costs serially and in parallel, over batch size, and where the two lines cross.
 * Time a row, not time a call: over six powers of ten lines that differ by half would lie on each other.
 */
import * as Plot from '@observablehq/plot';
import type { BreakEven, MeasurePoint } from '../api/types.js';
import { about, digits, duration } from '../experiment/format.js';
import { intervalWords, isWide, sweepSentence, toldOf } from '../experiment/words.js';
import { draw } from './figure.js';
import { brief, labelsApart, lastOf, powersIn } from './series.js';
import { FAINT, NARROW, PAPER, STRATEGY_COLOURS, STRATEGY_SYMBOLS } from './theme.js';
import { bands, crossingsIn, drawable, intervalIn, inWords, lines, type Sweep, timesOf, tips } from './times.js';

const MARGIN = { top: 54, right: 66, bottom: 42, left: 58 };
/** Pixels that "threads are faster" takes. */
const WORDS = 118;

export function crossingHeight(width: number): number {
  return width < NARROW ? 300 : 360;
}

/** Serial, and the strategy that the answer is about. */
export function twoLines(sweep: Sweep): Sweep {
  const told = toldOf(sweep.break_even);
  return {
    ...sweep,
    points: sweep.points.filter(({ strategy }) => strategy === 'serial' || strategy === told?.strategy),
    break_even: told ? [told] : [],
  };
}

export function crossing(classifier: string, whole: Sweep, width: number): SVGSVGElement {
  const sweep = twoLines(whole);
  const points = drawable(sweep.points);
  const strategies = [...new Set(points.map((point) => point.strategy))];
  const height = crossingHeight(width);
  const sizes = points.map((point) => point.n_rows);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const [low, high] = steps(timesOf(points.map(perRow)));
  const ticks = ticksIn(low, high);
  const crossings = crossingsIn(sweep.break_even, sizes);
  // Of the others a range is known.
  const known = crossings.filter((found) => !isWide(found));
  const plot = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  /** Where this many rows lie, from 0 to 1, and where this time, in pixels from the top. */
  const across = (n_rows: number) => Math.log(n_rows / least) / Math.log(most / least);
  const down = (ms: number) => (plot.height * Math.log(high / ms)) / Math.log(high / low);
  const ends = strategies.flatMap((strategy) => lastOf(points.filter((point) => point.strategy === strategy)));
  const offsets = labelsApart(ends.map((end) => down(perRow(end).median_ms)));
  const from = (found: BreakEven) => Math.max(least, found.n_rows ?? least);
  const start = (found: BreakEven) => intervalIn(found, sizes)[0];
  const end = (found: BreakEven) => intervalIn(found, sizes)[1];
  const until = (found: BreakEven) => Math.min(most, found.to_rows || most);
  const label = (found: BreakEven, dy: number, more: object) =>
    Plot.text([found], {
      ...{ x: from, frameAnchor: 'top', dy, fill: 'strategy', className: 'break-even-label', ...more },
      // Near an edge the words go the other way.
      textAnchor: across(from(found)) < 0.2 ? 'start' : across(from(found)) > 0.8 ? 'end' : 'middle',
    });
  const side = (text: string, at: number, textAnchor: 'start' | 'end', room: number, fill: string) =>
    room * plot.width < WORDS
      ? null
      : Plot.text([text], {
          ...{ x: [at], frameAnchor: 'top', dx: textAnchor === 'end' ? -6 : 6, dy: 8, textAnchor, fill },
          className: 'side',
        });
  return draw(width, sweepSentence(classifier, sweep), inWords(classifier, sweep), {
    ...{ height, marginTop: MARGIN.top, marginBottom: MARGIN.bottom },
    ...{ marginLeft: MARGIN.left, marginRight: MARGIN.right },
    x: {
      type: 'log',
      label: 'rows in the batch →',
      labelArrow: 'none',
      tickFormat: brief,
      ticks: powersIn(sizes, width < NARROW && most / least > 1e6 ? 2 : 1),
    },
    y: { type: 'log', label: '↑ time a row', labelArrow: 'none', domain: [low, high], tickFormat: rowTime, ticks },
    color: { domain: strategies, range: strategies.map((strategy) => STRATEGY_COLOURS[strategy]) },
    symbol: { domain: strategies, range: strategies.map((strategy) => STRATEGY_SYMBOLS[strategy]) },
    marks: [
      Plot.gridY(ticks, { stroke: FAINT, strokeOpacity: 1 }),
      Plot.rectX(crossings, { x1: from, x2: until, fill: 'strategy', fillOpacity: 0.07, className: 'pays' }),
      Plot.rectX(crossings, {
        ...{ x1: start, x2: end, fill: 'strategy', fillOpacity: 0.2, className: 'break-even-interval' },
      }),
      Plot.ruleX(known, { x: from, stroke: 'strategy', strokeWidth: 1.5, className: 'break-even' }),
      bands(points, [low, high], perRow),
      ...lines(points, perRow),
      Plot.dot(known, {
        ...{ x: from, y: (found: BreakEven) => timeAt(points, from(found)), r: 6.5, className: 'crossing' },
        ...{ fill: PAPER, stroke: 'strategy', strokeWidth: 2.5 },
      }),
      crossings.flatMap((found) => [
        label(found, -27, {
          text: () => (isWide(found) ? 'somewhere between' : `about ${about(found.n_rows ?? 0)} rows`),
          ...{ fontWeight: 600, fontSize: 14 },
        }),
        label(found, -10, {
          text: () => intervalWords(found, sizes) && `95 %: ${intervalWords(found, sizes)}`,
        }),
        side('serial is faster', start(found), 'end', across(start(found)), STRATEGY_COLOURS.serial),
        side(
          `${found.strategy} are faster`,
          end(found),
          'start',
          across(until(found)) - across(end(found)),
          STRATEGY_COLOURS[found.strategy],
        ),
      ]),
      ends.map((end, i) =>
        Plot.text([end], {
          ...{ x: 'n_rows', y: perRow(end).median_ms, dx: 9, dy: offsets[i] ?? 0, textAnchor: 'start' },
          ...{ fill: STRATEGY_COLOURS[end.strategy], fontWeight: 600, text: 'strategy', className: 'end-label' },
        }),
      ),
      tips(points, perRow),
    ],
  });
}

/** Of single rows: "5 ns". */
function rowTime(ms: number): string {
  return ms < 0.001 ? `${digits(ms * 1e6)} ns` : duration(ms);
}

/** The point with times a row. */
function perRow(point: MeasurePoint): MeasurePoint {
  const { n_rows, median_ms, ci95_ms } = point;
  return { ...point, median_ms: median_ms / n_rows, ci95_ms: [ci95_ms[0] / n_rows, ci95_ms[1] / n_rows] };
}

/** Nanoseconds to hours, in ms. */
const STEPS = Array.from({ length: 18 }, (_, i) => 10 ** (i - 9)).flatMap((power) => [power, 2 * power, 5 * power]);

/** Out to the next step of 1, 2, 5, 10: the axis stays where it is while intervals tighten. */
function steps([low, high]: [number, number]): [number, number] {
  return [STEPS.findLast((step) => step <= low) ?? low, STEPS.find((step) => step >= high) ?? high];
}

function ticksIn(low: number, high: number): number[] {
  const inside = STEPS.filter((step) => step >= low && step <= high);
  return inside.length <= 8 ? inside : powersIn([low, high], 1);
}

/** The time a row where the lines cross: the mean of both, each read between its neighbours. */
function timeAt(points: readonly MeasurePoint[], n_rows: number): number {
  const strategies = [...new Set(points.map(({ strategy }) => strategy))];
  const logs = strategies.map((strategy) => {
    const mine = points
      .filter((point) => point.strategy === strategy)
      .map(perRow)
      .sort((a, b) => a.n_rows - b.n_rows);
    const above = mine.find((point) => point.n_rows >= n_rows) ?? mine.at(-1);
    const below = mine.findLast((point) => point.n_rows <= n_rows) ?? mine[0];
    const [a, b] = [below, above].map((point) => Math.log(point?.median_ms ?? 1)) as [number, number];
    const span = Math.log((above?.n_rows ?? 1) / (below?.n_rows ?? 1));
    return span === 0 ? a : a + ((b - a) * Math.log(n_rows / (below?.n_rows ?? 1))) / span;
  });
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
