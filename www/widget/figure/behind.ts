/** <breakeven-behind>: the table behind a chart, made when it is opened: a page of charts has thousands of cells. */
import { html, LitElement, nothing } from 'lit';
import { differs } from './chart.js';
import { type Column, table } from './table.js';

/** What the table is of. */
export interface Behind {
  id: string;
  caption: string;
  columns: readonly Column<never>[];
  rows: readonly unknown[];
  /** Lines that are shown at most; the file has all. */
  lines: number;
}

export class BreakevenBehind extends LitElement {
  static override properties = {
    of: { attribute: false, hasChanged: (a: unknown, b: unknown) => differs(a, b) },
    open: { state: true },
  };

  declare of: Behind | null;
  declare open: boolean;

  constructor() {
    super();
    this.of = null;
    this.open = false;
  }

  /** In the light: the widget's sheet styles it. */
  override createRenderRoot() {
    return this;
  }

  override render() {
    return html`<details
      @toggle=${(event: Event) => {
        this.open = (event.target as HTMLDetailsElement).open;
      }}
    >
      <summary>Table</summary>
      ${this.open && this.of ? tableOf(this.of) : nothing}
    </details>`;
  }
}

function tableOf({ id, caption, columns, rows, lines }: Behind) {
  const more = rows.length > lines ? `: the first ${lines}, the CSV file has all` : '';
  return table(id, `${caption}${more}`, columns as readonly Column<unknown>[], rows.slice(0, lines));
}

if (!customElements.get('breakeven-behind')) customElements.define('breakeven-behind', BreakevenBehind);
