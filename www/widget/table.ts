/** One kind of table for the whole widget: numbers right, scrolling inside its own box where it is wider. */
import { html, type TemplateResult } from 'lit';

export interface Column<Row> {
  head: string;
  /** Numbers are set right and with figures of one width. */
  number?: boolean;
  cell: (row: Row) => unknown;
}

export function table<Row>(
  id: string,
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): TemplateResult {
  return html`<div class="scroll" role="region" aria-label=${caption} tabindex="0">
    <table data-testid=${id}>
      <caption>${caption}</caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class=${column.number ? 'number' : ''}>${column.head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) => html`<tr>
            ${columns.map((column, i) =>
              i === 0
                ? html`<th scope="row">${column.cell(row)}</th>`
                : html`<td class=${column.number ? 'number' : ''}>${column.cell(row)}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
