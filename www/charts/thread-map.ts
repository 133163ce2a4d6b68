/** Batch size × threads: how much faster than serial each is, the best of each size framed, and the line between them. */
import * as Plot from '@observablehq/plot';
import type { MeasurePoint } from '../api/types.js';
import { count, counted, digits, duration } from '../experiment/format.js';
import { frontier, isUnclear, type MapCell, mapCells, stepsInWords } from '../experiment/thread-map.js';
import { draw } from './figure.js';
import { brief } from './series.js';
import { ACCENT, NARROW, STRATEGY_COLOURS, TIP } from './theme.js';

export interface MapData {
  points: MeasurePoint[];
  n_cores: number;
}

/** A gain at which a cell is as dark as it gets. */
const MOST = 16;
const ROW_HEIGHT = 34;

/** The same cells for the same points: the chart is not drawn again for nothing. */
const known = new WeakMap<readonly MeasurePoint[], MapCell[]>();

export function cellsOf({ points }: MapData): MapCell[] {
  const cells = known.get(points) ?? mapCells(points);
  known.set(points, cells);
  return cells;
}

export function mapTitle(classifier: string, data: MapData): string {
  const cells = cellsOf(data);
  if (!cells.some((cell) => cell.n_threads > 1)) return `${classifier}: threads were not measured`;
  if (isUnclear(cells)) return `${classifier}: not clear how many threads, times scatter too much`;
  const words = stepsInWords(frontier(cells));
  const largest = Math.max(...cells.map((cell) => cell.n_rows));
  const on = `on ${counted(data.n_cores, 'core')}`;
  return words === ''
    ? `${classifier} ${on}: serial is fast enough up to ${count(largest)} rows`
    : `${classifier} ${on}: ${words}`;
}

export function mapHeight(data: MapData): number {
  return ROW_HEIGHT * new Set(cellsOf(data).map((cell) => cell.n_threads)).size + 60;
}

export function threadMap(classifier: string, data: MapData, width: number): SVGSVGElement {
  const cells = cellsOf(data);
  const rows = [...new Set(cells.map((cell) => cell.n_rows))];
  const counts = [...new Set(cells.map((cell) => cell.n_threads))].sort((a, b) => b - a);
  const best = cells.filter((cell) => cell.isBest);
  const steps = isUnclear(cells) ? [] : frontier(cells);
  const edge = rows.map((n_rows) => ({ n_rows, n_threads: steps.findLast((step) => step.from <= n_rows)?.n_threads }));
  const narrow = width < NARROW || rows.length > width / 42;
  return draw(width, mapTitle(classifier, data), inWords(cells), {
    ...{ height: mapHeight(data), marginLeft: 52, marginRight: 4, marginTop: 8, marginBottom: 46 },
    x: {
      ...{ type: 'band', domain: rows, padding: 0.04, tickSize: 0 },
      ...{ label: 'rows in the batch →', labelArrow: 'none' },
      tickFormat: (n: number) => (narrow && Math.log10(n) % 1 > 0.01 ? '' : brief(n)),
    },
    y: {
      ...{ type: 'band', domain: counts, padding: 0.06, tickSize: 0, label: '↑ threads', labelArrow: 'none' },
      tickFormat: (n: number) => (n === 1 ? 'serial' : String(n)),
    },
    marks: [
      Plot.cell(cells, {
        ...{ x: 'n_rows', y: 'n_threads', rx: 2, className: 'combination' },
        fill: (cell: MapCell) => (cell.gain > 1 ? ACCENT : STRATEGY_COLOURS.serial),
        fillOpacity: (cell: MapCell) => 0.06 + 0.5 * Math.min(1, Math.abs(Math.log(cell.gain)) / Math.log(MOST)),
      }),
      steps.length === 0
        ? null
        : Plot.line(edge, {
            ...{ x: 'n_rows', y: 'n_threads', className: 'frontier' },
            stroke: ACCENT,
            strokeWidth: 2.5,
            strokeOpacity: 0.55,
          }),
      Plot.cell(best, { x: 'n_rows', y: 'n_threads', stroke: 'currentColor', strokeWidth: 2, rx: 2, fill: 'none' }),
      Plot.text(cells, {
        ...{ x: 'n_rows', y: 'n_threads', fontSize: narrow ? 8.5 : 11.5, pointerEvents: 'none' },
        text: (cell: MapCell) => (cell.n_threads === 1 ? '' : times(cell.gain, narrow)),
        fillOpacity: (cell: MapCell) => (cell.isNoisy ? 0.55 : 1),
      }),
      Plot.tip(cells, Plot.pointer({ x: 'n_rows', y: 'n_threads', title: words, ...TIP })),
    ],
  });
}

function times(gain: number, narrow: boolean): string {
  return gain >= 10 ? gain.toFixed(0) : narrow ? gain.toFixed(1) : digits(gain);
}

function words(cell: MapCell): string {
  const threads = cell.n_threads === 1 ? 'serial' : counted(cell.n_threads, 'thread');
  const gain = cell.n_threads === 1 ? '' : `, ${digits(cell.gain)} times as fast as serial`;
  const noise = cell.isNoisy ? ', which scatters' : '';
  return `${counted(cell.n_rows, 'row')}, ${threads}: ${duration(cell.ms)}${gain}${noise}`;
}

function inWords(cells: readonly MapCell[]): string {
  const best = cells.filter((cell) => cell.isBest);
  return `The fewest threads that are no more than 5 % slower than the fastest: ${best.map(words).join('; ')}.`;
}
