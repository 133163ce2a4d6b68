/** A figure: its finding, its chart, the table behind it, and both as files. */
import { html, nothing, type TemplateResult } from 'lit';
import './behind.js';
import type { Behind } from './behind.js';
import type { Draw } from './chart.js';
import { download } from './download.js';
import { savePng, saveSvg } from './save.js';
import { type Column, csvOf } from './table.js';

/** Whose numbers: in a word, and in full. */
export interface Source {
  tag: string;
  words: string;
}

export interface Figure<Row> {
  /** Names the figure's files and its places: letters, digits, - and _. */
  id: string;
  /** The finding, in a sentence. */
  title: string;
  /** Whose numbers, where they are not this run's. */
  source?: Source | null;
  legend?: TemplateResult | typeof nothing;
  /** As `draw` takes them. */
  name?: string;
  data: unknown;
  draw: Draw;
  /** Pixels to keep free until it is drawn. */
  height: number | ((width: number) => number);
  /** What the table is of, and its lines. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  tableId?: string;
  /** Lines that the table shows at most; the file has all. */
  lines?: number;
}

export function figure<Row>(spec: Figure<Row>): TemplateResult {
  const { id, title, source, legend, name = '', data, draw, height, caption, columns, rows, lines = 1000 } = spec;
  const of: Behind = { id: spec.tableId ?? `table-${id}`, caption, columns, rows, lines };
  const about = { title, source: source?.words ?? '' };
  const svgOf = (event: Event) =>
    (event.currentTarget as Element).closest('figure')?.querySelector<SVGSVGElement>('svg.breakeven-chart') ?? null;
  const save = (kind: string, words: string, how: (event: Event) => unknown) =>
    html`<button type="button" class="file" data-testid="save-${kind}-${id}" aria-label="Save as ${words}: ${title}" @click=${how}>
      ${words}
    </button>`;
  return html`<figure data-testid="chart-${id}">
    <figcaption>${title}${source ? html` <span class="tag" title=${source.words}>${source.tag}</span>` : nothing}</figcaption>
    ${legend ?? nothing}
    <breakeven-chart .name=${name} .data=${data} .draw=${draw} .height=${height}></breakeven-chart>
    <div class="behind">
      <breakeven-behind .of=${of}></breakeven-behind>
      <p class="save">
        <span aria-hidden="true">Save</span>
        ${save('svg', 'SVG', (event) => saveSvg(svgOf(event), id, about))}
        ${save('png', 'PNG', (event) => savePng(svgOf(event), id, about))}
        ${save('csv', 'CSV', () => download(`${id}.csv`, 'text/csv', csvOf(columns, rows)))}
      </p>
    </div>
  </figure>`;
}
