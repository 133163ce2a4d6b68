/** The grid search: mean cross-validated score over two settings, the best cell framed. */
import * as Plot from '@observablehq/plot';
import type { GridSearchResult } from '../api/types.js';
import { accuracy, settings } from '../experiment/format.js';
import { draw } from './figure.js';
import { ACCENT, NARROW, TIP } from './theme.js';

type Results = GridSearchResult['cv_results'];

interface Cell {
  x: string;
  y: string;
  score: number | null;
  error: string | null;
  rank: number;
  params: string;
}

export function gridTitle(classifier: string, results: Results): string {
  const best = results.rank_test_score.indexOf(1);
  const failed = results.error.filter((error) => error !== null).length;
  const cells = `${results.params.length} settings${failed > 0 ? ` (${failed} not possible)` : ''}`;
  return `${classifier}: ${settings(results.params[best] ?? {})} is the best of ${cells}`;
}

export function gridHeight(results: Results): number {
  const { down } = axes(results);
  return 40 * new Set(results.params.map((params) => down.map((name) => String(params[name])).join())).size + 68;
}

/** null where there is nothing to compare: fewer than two candidates. */
export function gridScores(classifier: string, results: Results, width: number): SVGSVGElement | null {
  if (results.params.length < 2) return null;
  const { across, down } = axes(results);
  const cells = results.params.map((params, i): Cell => {
    const score = results.mean_test_score[i] ?? Number.NaN;
    return {
      x: String(params[across]),
      y: down.map((name) => String(params[name])).join(', '),
      score: Number.isFinite(score) ? score : null,
      error: results.error[i] ?? null,
      rank: results.rank_test_score[i] ?? Number.NaN,
      params: settings(params),
    };
  });
  const scores = cells.flatMap((cell) => (cell.score === null ? [] : [cell.score]));
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const shade = (cell: Cell) =>
    cell.score === null ? 0 : high > low ? 0.08 + (0.44 * (cell.score - low)) / (high - low) : 0.3;
  const narrow = width < NARROW;
  return draw(width, gridTitle(classifier, results), inWords(cells), {
    height: gridHeight(results),
    marginLeft: 12 + 7 * Math.max(4, ...cells.map((cell) => cell.y.length)),
    marginRight: 4,
    marginTop: 8,
    x: {
      type: 'band',
      label: `${across} →`,
      labelArrow: 'none',
      domain: unique(cells, 'x'),
      padding: 0.04,
      tickSize: 0,
    },
    y: { type: 'band', label: null, domain: unique(cells, 'y'), padding: 0.06, tickSize: 0 },
    marginBottom: 44,
    marks: [
      Plot.cell(cells, {
        x: 'x',
        y: 'y',
        fill: ACCENT,
        fillOpacity: shade,
        rx: 2,
        className: 'candidate',
      }),
      Plot.cell(
        cells.filter((cell) => cell.rank === 1 && cell.score !== null),
        { x: 'x', y: 'y', stroke: 'currentColor', strokeWidth: 2, rx: 2, fill: 'none' },
      ),
      Plot.text(cells, {
        ...{ x: 'x', y: 'y', fontSize: narrow ? 9.5 : 12, pointerEvents: 'none' },
        text: (cell: Cell) => (cell.score === null ? '×' : cell.score.toFixed(narrow ? 3 : 4).replace(/^0/, '')),
      }),
      Plot.tip(cells, Plot.pointer({ x: 'x', y: 'y', title: words, ...TIP })),
    ],
  });
}

function words(cell: Cell): string {
  return cell.score === null
    ? `${cell.params}: ${cell.error ?? 'no score'}`
    : `${cell.params}: ${accuracy(cell.score)}`;
}

function inWords(cells: readonly Cell[]): string {
  return `Mean cross-validated score of each setting: ${cells.map(words).join('; ')}.`;
}

/** Across goes the setting with the most values; the rest go down, together. */
function axes({ params }: Results): { across: string; down: string[] } {
  const names = [...new Set(params.flatMap((candidate) => Object.keys(candidate)))];
  const values = (name: string) => new Set(params.map((candidate) => String(candidate[name]))).size;
  const across = names.reduce((a, b) => (values(b) > values(a) ? b : a));
  return { across, down: names.filter((name) => name !== across) };
}

function unique(cells: readonly Cell[], key: 'x' | 'y'): string[] {
  return [...new Set(cells.map((cell) => cell[key]))];
}
