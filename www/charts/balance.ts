/** How many rows of each class: one bar, cut. */
import * as Plot from '@observablehq/plot';
import { count } from '../experiment/format.js';
import type { DataSummary } from '../experiment/preview.js';
import { draw } from './figure.js';
import { classColour } from './scatter.js';
import { TIP } from './theme.js';

type Part = DataSummary['classes'][number] & { label: number; middle: number };

export function balance(
  _: string,
  { classes, n_rows }: Pick<DataSummary, 'classes' | 'n_rows'>,
  width: number,
): SVGSVGElement {
  let before = 0;
  const parts = classes.map((one, label): Part => {
    const middle = before + one.n_rows / 2;
    before += one.n_rows;
    return { ...one, label, middle };
  });
  const words = parts.map((part) => `${part.name}: ${count(part.n_rows)}`).join(', ');
  const wide = parts.filter((part) => part.n_rows / n_rows > 60 / width);
  return draw(width, `Rows of each class: ${words}`, `${words}.`, {
    ...{ height: 44, marginLeft: 0, marginRight: 0, marginTop: 20, marginBottom: 12 },
    x: { axis: null, domain: [0, n_rows] },
    marks: [
      Plot.rectX(parts, {
        ...{ x1: (p: Part) => p.middle - p.n_rows / 2, x2: (p: Part) => p.middle + p.n_rows / 2 },
        ...{
          fill: (p: Part) => classColour(p.label),
          fillOpacity: 0.75,
          insetLeft: 0.5,
          insetRight: 0.5,
          className: 'share',
        },
      }),
      Plot.text(wide, {
        ...{
          x: (p: Part) => p.middle - p.n_rows / 2,
          frameAnchor: 'top',
          textAnchor: 'start',
          dy: -18,
          lineAnchor: 'top',
        },
        text: (p: Part) => `class ${p.name}: ${count(p.n_rows)}`,
      }),
      Plot.tip(
        parts,
        Plot.pointerX({
          x: 'middle',
          title: (p: Part) => `class ${p.name}: ${count(p.n_rows)} rows`,
          ...TIP,
        }),
      ),
    ],
  });
}
