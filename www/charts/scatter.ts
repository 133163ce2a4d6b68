/** Rows as points: two features, or the first two principal components, a colour and a shape a class. */
import * as Plot from '@observablehq/plot';
import type { Preview } from '../experiment/preview.js';
import { draw } from './figure.js';
import { principalComponents } from './projection.js';
import { FAINT, NARROW, SERIES_COLOURS, TIP } from './theme.js';

/** Two columns of X, or the first two principal components. */
export type Axes = 'components' | readonly [number, number];

/** Classes that have a colour of their own: more are not told apart. */
const MAX_COLOURS = SERIES_COLOURS.length;

export interface ScatterData {
  preview: Preview;
  axes: Axes;
}

export interface Point {
  x: number;
  y: number;
  label: number;
}

export function scatterTitle({ preview: { n_features, numbers } }: ScatterData, { names, shown }: Projected): string {
  if (Number.isNaN(shown)) return `${names[1]} against ${names[0]}`;
  const of = numbers ? `${numbers.length} features that are numbers` : `${n_features}`;
  return `Two directions of ${of} hold ${Math.round(100 * shown)} % of the rows’ variance`;
}

export interface Projected {
  points: Point[];
  names: [string, string];
  /** The share of the variance that is shown; NaN for two features. */
  shown: number;
}

export function pointsOf({ preview, axes }: ScatterData): Projected {
  const { X, y, n_features, feature_names, numbers } = preview;
  if (axes === 'components' && (numbers?.length ?? n_features) > 1) {
    const { scores, shares } = numbers
      ? principalComponents(evened(X, n_features, numbers), numbers.length)
      : principalComponents(X, n_features);
    const name = (nth: string, share: number) =>
      `${nth} principal component (${Math.round(100 * share)} % of variance)`;
    return {
      points: scores.map(([a, b], row) => ({ x: a, y: b, label: y[row] ?? 0 })),
      names: [name('1st', shares[0]), name('2nd', shares[1])],
      shown: shares[0] + shares[1],
    };
  }
  const only = numbers?.[0] ?? 0;
  const [i, j] = axes === 'components' ? [only, only] : axes;
  const at = (row: number, column: number) => X[row * n_features + column] ?? 0;
  const all = Array.from(y, (label, row) => ({ x: at(row, i), y: at(row, j), label }));
  return {
    // What has a gap has no place.
    points: all.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)),
    names: [feature_names[i] ?? '', feature_names[j] ?? ''],
    shown: Number.NaN,
  };
}

/** Columns of a table as they can be seen together: gaps in the middle, all of one spread. */
function evened(X: Float64Array, n_cols: number, numbers: readonly number[]): Float64Array {
  const n_rows = Math.floor(X.length / n_cols);
  const out = new Float64Array(n_rows * numbers.length);
  for (const [k, column] of numbers.entries()) {
    const values = Array.from({ length: n_rows }, (_, row) => X[row * n_cols + column] ?? Number.NaN);
    const known = values.filter(Number.isFinite);
    const mean = known.reduce((sum, value) => sum + value / known.length, 0);
    const spread = Math.hypot(...known.map((value) => value - mean)) / Math.sqrt(known.length);
    for (const [row, value] of values.entries())
      out[row * numbers.length + k] = Number.isFinite(value) && spread > 0 ? (value - mean) / spread : 0;
  }
  return out;
}

export function classColour(label: number): string {
  return SERIES_COLOURS[label % MAX_COLOURS] as string;
}

export function scatterHeight(width: number): number {
  return width < NARROW ? 320 : 420;
}

export function scatter(_: string, data: ScatterData, width: number): SVGSVGElement {
  const projected = pointsOf(data);
  const { points, names } = projected;
  const { classes } = data.preview;
  const height = scatterHeight(width);
  const words = `${points.length} rows by ${names[0]} and ${names[1]}.`;
  return draw(width, scatterTitle(data, projected), words, {
    ...{ height, marginLeft: 44, marginRight: 8, marginTop: 26, marginBottom: 44 },
    x: { label: `${names[0]} →`, labelArrow: 'none', ticks: 5, nice: true },
    y: { label: `↑ ${names[1]}`, labelArrow: 'none', ticks: 5, nice: true },
    marks: [
      Plot.gridX({ stroke: FAINT, strokeOpacity: 1, ticks: 5 }),
      Plot.gridY({ stroke: FAINT, strokeOpacity: 1, ticks: 5 }),
      // One path a class: 2000 elements would be 2000 times as much to lay out.
      classes.map((_, label) => {
        const own = points.filter((point) => point.label === label);
        return Plot.dot(own, {
          x: 'x',
          y: 'y',
          stroke: classColour(label),
          className: 'class',
          render: asOnePath(label),
        });
      }),
      Plot.tip(
        points,
        Plot.pointer({
          ...{ x: 'x', y: 'y', ...TIP, maxRadius: 24 },
          title: (p: Point) => `class ${classes[p.label]?.name ?? p.label}\n${p.x.toFixed(2)}, ${p.y.toFixed(2)}`,
        }),
      ),
    ],
  });
}

/** Dots as the round ends of lines without length: every second class hollow, so that colour is not all. */
function asOnePath(label: number): Plot.RenderFunction {
  return (index, _scales, { x = [], y = [] }, _dimensions, { document }) => {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    const dots = Array.from(index, (i) => `M${(x[i] as number).toFixed(1)},${(y[i] as number).toFixed(1)}h0`);
    path.setAttribute('d', dots.join(''));
    path.setAttribute('fill', 'none');
    path.setAttribute('class', 'class');
    path.setAttribute('stroke', classColour(label));
    path.setAttribute('stroke-width', '4');
    path.setAttribute('stroke-linecap', label % 2 === 0 ? 'round' : 'square');
    path.setAttribute('stroke-opacity', '0.6');
    return path as unknown as SVGElement;
  };
}
