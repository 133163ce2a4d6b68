/** The data: rows as points, and how many there are of each class. */
import { html, nothing, type TemplateResult } from 'lit';
import { balance } from '../../charts/balance.js';
import {
  type Axes,
  type Point,
  type Projected,
  pointsOf,
  type ScatterData,
  scatter,
  scatterHeight,
  scatterTitle,
} from '../../charts/scatter.js';
import { count, digits } from '../../experiment/format.js';
import type { DataSummary, Preview } from '../../experiment/preview.js';
import { figure } from '../figure/figure.js';
import { type Column, table } from '../figure/table.js';
import { type Shown, section } from './sections.js';

export interface DataState extends Shown {
  preview: Preview | null;
  axes: Axes;
  onAxes: (axes: Axes) => void;
}

const CLASS: Column<DataSummary['classes'][number] & { share: number }>[] = [
  { head: 'class', cell: (row) => row.name },
  { head: 'rows', number: true, cell: (row) => count(row.n_rows), raw: (row) => row.n_rows },
  { head: 'share', number: true, cell: (row) => `${digits(100 * row.share)} %`, raw: (row) => row.share },
];

export function dataView(state: DataState, bare: boolean): TemplateResult | typeof nothing {
  const { preview, own, reference } = state;
  const summary = preview ?? own?.data ?? reference?.report.data ?? null;
  if (!summary) return nothing;
  const spec = { part: 'data', heading: 'The data', bare, lead: sizes(summary) };
  return section(
    spec,
    html`${bare ? html`<p class="sizes" data-testid="data-sizes">${sizes(summary)}</p>` : nothing}
    ${preview && preview.numbers?.length !== 0 ? scatterFigure(preview, state) : balanceTable(summary)}`,
  );
}

function sizes({ n_rows, n_train, n_test, n_features, classes }: DataSummary): string {
  const rows = `${count(n_rows)} rows of ${count(n_features)} ${n_features === 1 ? 'feature' : 'features'} in ${classes.length} classes`;
  return `${rows}: ${count(n_train)} to train on, ${count(n_test)} to test with.`;
}

function balanceTable(summary: DataSummary): TemplateResult {
  const rows = summary.classes.map((one) => ({ ...one, share: one.n_rows / summary.n_rows }));
  return table('classes-table', 'Rows of each class', CLASS, rows);
}

/** The same list for the same preview and axes, so that nothing is computed or drawn twice. */
let last: (Projected & { data: ScatterData }) | null = null;

function once(preview: Preview, axes: Axes) {
  if (last?.data.preview !== preview || String(last.data.axes) !== String(axes)) {
    const data = { preview, axes };
    last = { data, ...pointsOf(data) };
  }
  return last;
}

function scatterFigure(preview: Preview, { axes, onAxes }: DataState): TemplateResult {
  const projected = once(preview, axes);
  const { data, points, names } = projected;
  const columns: Column<Point>[] = [
    { head: 'class', cell: (p) => preview.classes[p.label]?.name ?? '' },
    { head: names[0], number: true, cell: (p) => digits(p.x), raw: (p) => p.x },
    { head: names[1], number: true, cell: (p) => digits(p.y), raw: (p) => p.y },
  ];
  return html`<breakeven-chart class="balance" .data=${preview} .draw=${balance} .height=${44}></breakeven-chart>
    ${figure({
      ...{ id: 'data', title: scatterTitle(data, projected), data, draw: scatter, height: scatterHeight },
      ...{ caption: `${count(points.length)} of the rows to train on`, columns, rows: points, lines: 50 },
      legend: html`<div class="axes">${axesView(preview, axes, onAxes)}</div>`,
    })}`;
}

function axesView(preview: Preview, axes: Axes, onAxes: (axes: Axes) => void) {
  const places = preview.numbers ?? [...preview.feature_names.keys()];
  if (places.length < 2) return nothing;
  const [across, up] = axes === 'components' ? [-1, -1] : axes;
  const options = (chosen: number, none: string) =>
    [-1, ...places].map(
      (i) => html`<option value=${i} .selected=${i === chosen}>${i < 0 ? none : preview.feature_names[i]}</option>`,
    );
  const [first = 0, second = 0] = places;
  const chosen = (event: Event) => Number((event.target as HTMLSelectElement).value);
  return html`<label for="axis-across">Across</label>
    <select
      id="axis-across"
      data-testid="axis-across"
      @change=${(event: Event) => {
        const i = chosen(event);
        onAxes(i < 0 ? 'components' : [i, up >= 0 && up !== i ? up : i === first ? second : first]);
      }}
    >
      ${options(across, 'principal components')}
    </select>
    ${
      axes === 'components'
        ? nothing
        : html`<label for="axis-up">Up</label>
            <select
              id="axis-up"
              data-testid="axis-up"
              @change=${(event: Event) => onAxes([across, chosen(event)])}
            >
              ${options(up, '').slice(1)}
            </select>`
    }`;
}
