/** Which columns a forest's splits tell most by. */
import * as Plot from '@observablehq/plot';
import { digits } from '../experiment/format.js';
import { columnName } from '../experiment/importances.js';
import type { Importances } from '../experiment/report.js';
import { draw } from './figure.js';
import { ACCENT } from './theme.js';

const ROW = 22;
/** Letters of a name; fewer where it is narrow. */
const LETTERS = 28;
const LETTER = 7;

export function importancesTitle(classifier: string, found: Importances): string {
  const [first = Number.NaN] = found.values;
  if (!(first > 0)) return `${classifier} splits by no column`;
  return `${classifier} tells most by ${shortened(columnName(found, 0), LETTERS)}: ${digits(first)} of its importance`;
}

/** Bars, the most important on top. */
export function importances(classifier: string, found: Importances, width: number): SVGSVGElement {
  const most = Math.min(LETTERS, Math.floor((0.42 * width) / LETTER));
  // By their places: two names may be shortened to the same.
  const names = found.values.map((_, i) => shortened(columnName(found, i), most));
  const rows = found.values.map((value, i) => ({ place: i, value }));
  const words = rows.map(({ place, value }) => `${names[place]} ${digits(value)}`).join(', ');
  return draw(width, importancesTitle(classifier, found), `Importance of each column: ${words}.`, {
    height: importancesHeight(found),
    marginLeft: 12 + LETTER * Math.max(...names.map((name) => name.length)),
    ...{ marginRight: 48, marginBottom: 44, marginTop: 8 },
    x: { label: 'share of the importance →', labelArrow: 'none', ticks: 4, nice: true },
    y: { domain: rows.map(({ place }) => place), tickFormat: (i: number) => names[i], label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.5 }),
      Plot.barX(rows, { x: 'value', y: 'place', fill: ACCENT, insetTop: 2, insetBottom: 2 }),
      Plot.text(rows, {
        ...{ x: 'value', y: 'place', dx: 6, textAnchor: 'start' },
        text: ({ value }: { value: number }) => digits(value),
      }),
    ],
  });
}

export function importancesHeight({ values }: Importances): number {
  return ROW * values.length + 52;
}

function shortened(name: string, most: number): string {
  const letters = [...name.slice(0, 4 * most).replaceAll(/\s+/g, ' ')];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : letters.join('');
}
