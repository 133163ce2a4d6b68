/** Where the visitor's own table comes from: a file, dropped or chosen, words that are pasted, or an address of this site. */
import { html, nothing, type TemplateResult } from 'lit';
import type { BreakevenError } from '../../api/error.js';
import type { OwnTable } from '../../api/types.js';
import { bytes, count, counted } from '../../experiment/format.js';
import type { TableField } from '../table-field.js';
import { type TableLook, tableLook } from './table-look.js';
import { readingFields } from './table-reading.js';

/** How far the table is read, and what was found. */
export interface Reading {
  readonly look: TableLook | null;
  /** How much of it is read, 0 to 1; null where none is being read. */
  readonly part: number | null;
  /** Why it could not be. */
  readonly refused: BreakevenError | null;
}

export interface SourceState extends TableField {
  table: Reading;
}

/** Another table: how its rows are prepared stays, its columns are others. */
function another(state: SourceState, from: { file: Blob } | { src: string }): void {
  const { preprocess, drop_missing } = state.data ?? {};
  state.onData({
    ...from,
    ...(preprocess !== undefined && { preprocess }),
    ...(drop_missing !== undefined && { drop_missing }),
  } as OwnTable);
}

/** What a drop or a paste brings: a file before words. */
function brought(state: SourceState, from: DataTransfer | null): boolean {
  const [file] = from?.files ?? [];
  const text = from?.getData('text/plain') ?? '';
  if (!file && !/\n/.test(text.trim())) return false;
  another(state, { file: file ?? new File([text], 'pasted table') });
  return true;
}

export function tableSource(state: SourceState): TemplateResult {
  const { id, data, table, disabled } = state;
  const said = table.refused?.message ?? state.problem;
  // While it is disabled, too: a browser would open the file, and the run were lost.
  const over = (event: DragEvent) => event.preventDefault();
  return html`<div
      class="field drop"
      @dragover=${over}
      @drop=${(event: DragEvent) => {
        over(event);
        if (!disabled) brought(state, event.dataTransfer);
      }}
      @paste=${(event: ClipboardEvent) => {
        const into = event.target as HTMLElement;
        if (!disabled && !into.matches('textarea, input:not([type=file])') && brought(state, event.clipboardData))
          event.preventDefault();
      }}
    >
      <label for=${id}>Table</label>
      <input
        id=${id}
        data-testid=${id}
        type="file"
        accept=".csv,.tsv,.txt,.data,text/csv,text/plain,text/tab-separated-values"
        aria-invalid=${said ? 'true' : nothing}
        aria-describedby="${id}-hint"
        @click=${forget}
        @change=${(event: Event) => {
          const [file] = (event.target as HTMLInputElement).files ?? [];
          if (file) another(state, { file });
        }}
      />
      <small id="${id}-hint" class=${said ? 'error' : ''} role=${said ? 'alert' : nothing}
        >${said || 'Choose a file, drop one here, or paste a table here. It stays on this machine.'}</small
      >
      ${elsewhere(state)}
    </div>
    ${progress(table.part, data)}
    ${
      table.refused && data && typeof data.file !== 'string'
        ? html`<div class="look" data-testid="table-refused">${readingFields(data, disabled, state.onData)}</div>`
        : nothing
    }
    ${table.look && data ? look(state, table.look, data) : nothing}`;
}

/** The same file again, corrected meanwhile, is no change to a field that still has it. */
function forget(event: Event): void {
  (event.target as HTMLInputElement).value = '';
}

function elsewhere(state: SourceState): TemplateResult {
  const value = (event: Event, selector: string) =>
    (event.target as HTMLElement).closest('details')?.querySelector<HTMLInputElement>(selector)?.value ?? '';
  const fetchIt = (event: Event) => {
    const src = value(event, 'input').trim();
    if (src) another(state, { src });
  };
  const { id, disabled } = state;
  return html`<details>
    <summary>From elsewhere</summary>
    <label for="${id}-text">Rows as text, the columns’ names first</label>
    <textarea id="${id}-text" data-testid="${id}-text" rows="4" ?disabled=${disabled}></textarea>
    <button
      type="button"
      class="small"
      data-testid="${id}-text-read"
      ?disabled=${disabled}
      @click=${(event: Event) => {
        const text = value(event, 'textarea');
        if (text.trim()) another(state, { file: new File([text], 'pasted table') });
      }}
    >
      Take these rows
    </button>
    <label for="${id}-src">Address of a table on this site</label>
    <input id="${id}-src" data-testid="${id}-src" type="text" inputmode="url" placeholder="./table.csv"
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        fetchIt(event);
      }} ?disabled=${disabled} />
    <button
      type="button"
      class="small"
      data-testid="${id}-src-read"
      ?disabled=${disabled}
      @click=${fetchIt}
    >
      Fetch it
    </button>
  </details>`;
}

function progress(part: number | null, data: OwnTable | null): TemplateResult | typeof nothing {
  if (part === null) return nothing;
  const size = data?.file instanceof Blob ? `, ${bytes(data.file.size)}` : '';
  return html`<div class="field wide reading" data-testid="table-reading">
    <progress max="1" .value=${part} aria-label="Reading the table"></progress>
    <small>Reading the table${size}: ${Math.floor(100 * part)} %</small>
  </div>`;
}

function look(state: SourceState, look: TableLook, data: OwnTable): TemplateResult {
  const { n_rows, columns, name, size } = look;
  return html`<div class="look" data-testid="table-look">
    <p>
      <strong>${name}</strong>: ${counted(n_rows, 'row')} of ${counted(columns.length, 'column')},
      ${bytes(size)}${columns.some((one) => one.n_missing > 0) ? `, ${count(columns.reduce((sum, one) => sum + one.n_missing, 0))} gaps` : ''}.
    </p>
    ${tableLook({
      look,
      data,
      disabled: state.disabled,
      onChange: (event) => state.onData(event.detail),
    })}
  </div>`;
}
