/** One kind of table for the whole widget, on the screen and as CSV. */
import { html, type TemplateResult } from 'lit';
import { type Cell, toCsv } from '../../experiment/report.js';

export interface Column<Row> {
  head: string;
  /** Numbers are set right and with figures of one width. */
  number?: boolean;
  /** As it is read. */
  cell: (row: Row) => unknown;
  /** The name in a file, with its unit; `head` where that says it. */
  key?: string;
  /** In a file: without units and separators. What is read where left out; null: not in the file. */
  raw?: ((row: Row) => Cell) | null;
  /** Sentences: in a narrow place each row is a few lines, so that nobody has to scroll sideways to read them. */
  words?: boolean;
  /** Only in the file. */
  fileOnly?: boolean;
}

export function table<Row>(
  id: string,
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): TemplateResult {
  const read = columns.filter((column) => !column.fileOnly);
  return html`<div class="scroll" role="group" aria-label=${caption} tabindex="0">
    <table class=${read.some((column) => column.words) ? 'told' : ''} data-testid=${id}>
      <caption><span>${caption}</span></caption>
      <thead>
        <tr>
          ${read.map((column) => html`<th scope="col" class=${column.number ? 'number' : ''}>${column.head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr>
            ${read.map((column, i) =>
              i === 0
                ? html`<th scope="row">${column.cell(row)}</th>`
                : html`<td class=${column.number ? 'number' : ''} data-head=${column.head}>${column.cell(row)}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const kept = columns.filter((column) => column.raw !== null);
  return toCsv(
    kept.map((column) => column.key ?? column.head),
    rows.map((row) => kept.map((column) => (column.raw ?? (column.cell as (row: Row) => Cell))(row))),
  );
}
