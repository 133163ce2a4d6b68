/** Busy over wall of one direct call: a dot a classifier, beside what the notebook printed. */
import * as Plot from '@observablehq/plot';
import type { Report } from '../api/types.js';
import { digits, list } from '../experiment/format.js';
import { NOTEBOOK } from '../experiment/notebook.js';
import { draw } from './figure.js';
import { ACCENT, FAINT, PAPER, TIP } from './theme.js';

export type BusyRow = Pick<Report['inference'][number], 'classifier' | 'busy_per_wall'>;

export interface BusyDot {
  classifier: string;
  ratio: number;
  whose: string;
}

/** The notebook's own are drawn only for its classifiers. */
export function busyDots(rows: readonly BusyRow[]): BusyDot[] {
  const printed = new Map(Object.entries(NOTEBOOK.cpu_per_wall));
  return rows.flatMap(({ classifier, busy_per_wall }) => {
    const theirs = printed.get(classifier);
    return [
      { classifier, ratio: busy_per_wall, whose: 'here' },
      ...(theirs === undefined ? [] : [{ classifier, ratio: theirs, whose: 'notebook' }]),
    ];
  });
}

export function busyTitle(rows: readonly BusyRow[]): string {
  const parallel = rows.filter((row) => row.busy_per_wall > 1.25).map((row) => row.classifier);
  if (parallel.length > 0) return `Parallel already: ${list(parallel)}`;
  return 'A plain call keeps one core busy, for every classifier';
}

export function busyChart(_: string, rows: readonly BusyRow[], width: number): SVGSVGElement {
  const dots = busyDots(rows);
  const finite = dots.filter(({ ratio }) => Number.isFinite(ratio));
  const [here, notebook] = ['here', 'notebook'].map((whose) => finite.filter((dot) => dot.whose === whose));
  const words = finite.map(({ classifier, ratio, whose }) => `${classifier} ${whose}: ${digits(ratio)}`).join(', ');
  return draw(width, busyTitle(rows), `Busy time over wall time. ${words}.`, {
    height: 34 * rows.length + 60,
    marginLeft: 16 + 8 * Math.max(...rows.map((row) => row.classifier.length)),
    ...{ marginRight: 24, marginTop: 8, marginBottom: 44 },
    x: {
      ...{ label: 'busy / wall: ● here  ○ notebook, CPU / wall →', labelArrow: 'none', ticks: 4 },
      domain: [0, Math.max(3, ...finite.map(({ ratio }) => ratio))],
    },
    y: { domain: rows.map((row) => row.classifier), label: null, tickSize: 0 },
    marks: [
      Plot.gridX({ stroke: FAINT, strokeOpacity: 1, ticks: 4 }),
      Plot.ruleX([1], { stroke: 'currentColor', strokeOpacity: 0.6 }),
      Plot.dot(notebook ?? [], { x: 'ratio', y: 'classifier', r: 5, stroke: 'currentColor', fill: PAPER }),
      Plot.dot(here ?? [], { x: 'ratio', y: 'classifier', r: 5, fill: ACCENT, stroke: ACCENT }),
      Plot.tip(
        finite,
        Plot.pointer({
          ...{ x: 'ratio', y: 'classifier', ...TIP },
          title: (dot: BusyDot) => `${dot.classifier}, ${dot.whose}: ${digits(dot.ratio)}`,
        }),
      ),
    ],
  });
}
