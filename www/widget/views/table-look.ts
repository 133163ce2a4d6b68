/**
 * The columns of the visitor's own table before a run: what each holds, which is the class, which are left out; how the
 * table was read, and how its rows are prepared. Tables may have ten thousand columns: some are shown, the others found.
 */
import { html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import type { OwnTable, Table, TableColumn } from '../../api/types.js';
import { count, counted, digits } from '../../experiment/format.js';
import { indexOf } from '../../experiment/table-settings.js';
import { type Column, table } from '../figure/table.js';
import { readingFields, readWords, select, stays } from './table-reading.js';

/** Columns that are shown at first, and with each further click. */
const N_SHOWN = 30;
/** Values of a category column that are told, and letters of each. */
const N_VALUES = 4;
const N_LETTERS = 24;

/** What there is to see of a table; the table itself is left to the run to read. */
export interface TableLook extends Pick<Table, 'n_rows' | 'columns' | 'read_as' | 'notes'> {
  name: string;
  size: number;
  /** The first rows' first cells. */
  rows: readonly (readonly string[])[];
  /** The column of classes, by its number: the one that was chosen, or found. */
  target: number;
}

interface Shown {
  look: TableLook;
  data: OwnTable;
  disabled: boolean;
  onChange: (event: CustomEvent<OwnTable>) => void;
}

export function tableLook({ look, data, disabled, onChange }: Shown): TemplateResult {
  return html`<breakeven-table-look .look=${look} .data=${data} .disabled=${disabled} @table-change=${onChange}></breakeven-table-look>`;
}

type Role = 'feature' | 'class' | 'left out';

export class LookElement extends LitElement {
  static override properties = {
    look: { attribute: false },
    data: { attribute: false },
    disabled: { attribute: false },
    wanted: { state: true },
    n_shown: { state: true },
  };

  declare look: TableLook;
  declare data: OwnTable;
  declare disabled: boolean;
  /** What is looked for in the columns' names. */
  declare wanted: string;
  declare n_shown: number;

  constructor() {
    super();
    this.disabled = false;
    this.wanted = '';
    this.n_shown = N_SHOWN;
  }

  /** In the form, whose sheet is this one's. */
  override createRenderRoot() {
    return this;
  }

  #change(changes: Partial<OwnTable>): void {
    const data = Object.fromEntries(
      Object.entries({ ...this.data, ...changes }).filter(([, value]) => value !== undefined),
    );
    this.#tell(data as OwnTable);
  }

  #tell(data: OwnTable): void {
    this.dispatchEvent(new CustomEvent('table-change', { detail: data }));
  }

  /** The features by number: those that were chosen, or that go without saying. */
  #features(): Set<number> {
    const { columns, target } = this.look;
    const { features } = this.data;
    const chosen = features?.map((one) => indexOf(columns, one));
    const byThemselves = () => [...columns.keys()].filter((at) => !columns[at]?.counter && !columns[at]?.too_many);
    return new Set((chosen ?? byThemselves()).filter((at) => at >= 0 && at !== target));
  }

  #setRoles(places: readonly number[], role: Role): void {
    const features = this.#features();
    if (role === 'class') {
      const [target] = places;
      // The class of before is a feature again, as the others are.
      if (this.data.features && this.look.target >= 0) features.add(this.look.target);
      features.delete(target as number);
      this.#change({ target, ...(this.data.features && { features: inOrder(features) }) });
      return;
    }
    for (const at of places) {
      if (at === this.look.target) continue;
      // Of all columns at once those that can be one.
      if (role === 'left out') features.delete(at);
      else if (!this.look.columns[at]?.too_many) features.add(at);
    }
    this.#change({ features: inOrder(features) });
  }

  override render() {
    const { look } = this;
    if (!look) return nothing;
    const found = [...look.columns.keys()].filter((at) => this.#isWanted(at));
    const some = found.slice(0, this.n_shown);
    const n = this.#features().size;
    return html`${this.#classes()} ${this.#read()}
      ${look.columns.length > N_SHOWN ? this.#search(found) : nothing}
      ${table(
        'table-columns',
        `${counted(n, 'feature')}, and the class “${short(look.columns[look.target]?.name ?? '')}”`,
        this.#columns(),
        some,
      )}
      ${
        found.length > some.length
          ? html`<button
              type="button"
              class="small"
              data-testid="more-columns"
              @click=${() => {
                this.n_shown += N_SHOWN;
              }}
            >
              Show more of ${count(found.length)} columns
            </button>`
          : nothing
      }
      ${this.#preparing()} ${this.#firstRows()}`;
  }

  #isWanted(at: number): boolean {
    return this.look.columns[at]?.name.toLowerCase().includes(this.wanted.toLowerCase()) ?? false;
  }

  /** What is to be told: how many rows each class has, or that these are none. */
  #classes(): TemplateResult | typeof nothing {
    const { columns, target, n_rows } = this.look;
    const column = columns[target];
    if (!column)
      return html`<p class="wrong" role="status" data-testid="table-classes">
        There is no column “${short(String(this.data.target))}” here: choose the one that holds the classes.
      </p>`;
    const { name, kind, whole, codes, gap_words = [] } = column;
    const most_frequent = [...(column.most_frequent ?? []), ...gap_words].sort((a, b) => b.count - a.count);
    const n_distinct = column.n_distinct + gap_words.length;
    const n_missing = column.n_missing - gap_words.reduce((sum, { count: n }) => sum + n, 0);
    const called = `“${short(name)}”`;
    if (n_rows === 0)
      return html`<p class="wrong" role="status" data-testid="table-classes">The table has no rows: there are names of columns, and nothing below them.</p>`;
    if (n_distinct < 2)
      return html`<p class="wrong" role="status" data-testid="table-classes">
        ${called} is the same in all rows, and there have to be two classes: choose another column as the class.
      </p>`;
    if (kind === 'number' && !whole)
      return html`<p class="wrong" role="status" data-testid="table-classes">
        ${called} holds ${count(n_distinct)} different numbers, not all of them whole: a quantity, and no classes (scikit-learn:
        “Unknown label type: continuous”). Choose another column as the class.
      </p>`;
    if (codes)
      return html`<p role="status" data-testid="table-classes">
        ${called} holds ${count(n_distinct)} different numbers in several ways of writing: as classes each way of writing is one of
        its own.
      </p>`;
    const [largest] = most_frequent;
    const rest = n_distinct - most_frequent.length;
    const told = most_frequent.map(({ value, count: n }) => `${short(value)} ${count(n)}`).join(', ');
    const share = largest
      ? ` Always saying “${short(largest.value)}” is right in ${digits((100 * largest.count) / Math.max(1, n_rows - n_missing))} %.`
      : '';
    const gaps =
      n_missing > 0 ? ` ${counted(n_missing, 'row')} without a class ${n_missing === 1 ? 'is' : 'are'} left out.` : '';
    return html`<p role="status" data-testid="table-classes">
      ${count(n_distinct)} classes in ${called}${told ? `: ${told}` : ''}${rest > 0 && told ? ` and ${count(rest)} more` : ''}.${share}${gaps}
    </p>`;
  }

  /** How it was read: found out, and to be changed. */
  #read(): TemplateResult {
    const { read_as, notes } = this.look;
    return html`<details data-testid="table-read">
      <summary>Read as: ${readWords(read_as)}</summary>
      ${notes.length > 0 ? html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
      ${readingFields(this.data, this.disabled, (data) => this.#tell(data))}
    </details>`;
  }

  #search(found: readonly number[]): TemplateResult {
    const act = (role: Role, words: string) =>
      html`<button type="button" class="small" ?disabled=${this.disabled} data-testid="all-${role.replace(' ', '-')}" @click=${() => this.#setRoles(found, role)}>
        ${words} ${this.wanted ? `these ${count(found.length)}` : 'all'}
      </button>`;
    return html`<div class="search">
      <label for="table-search">Find a column</label>
      <input
        id="table-search"
        data-testid="table-search"
        type="search"
        .value=${this.wanted}
        @keydown=${stays}
        @input=${(event: Event) => {
          this.wanted = (event.target as HTMLInputElement).value;
          this.n_shown = N_SHOWN;
        }}
      />
      ${act('feature', 'Use')} ${act('left out', 'Leave out')}
    </div>`;
  }

  #columns(): Column<number>[] {
    const { columns, target, n_rows } = this.look;
    const features = this.#features();
    const at = (i: number) => columns[i] as TableColumn;
    const role = (i: number): Role => (i === target ? 'class' : features.has(i) ? 'feature' : 'left out');
    const use = (i: number) => html`<select
      aria-label="Use ${at(i).name} as"
      data-testid="role-${i}"
      ?disabled=${this.disabled}
      @change=${(event: Event) => this.#setRoles([i], (event.target as HTMLSelectElement).value as Role)}
    >
      ${(['feature', 'class', 'left out'] as const).map(
        (one) =>
          html`<option value=${one} .selected=${one === role(i)} ?disabled=${i === target ? one !== 'class' : one !== 'left out' && at(i).too_many === true}>${one}</option>`,
      )}
    </select>`;
    return [
      { head: 'column', cell: (i) => html`<span title=${at(i).name}>${short(at(i).name)}</span>` },
      { head: 'use as', cell: use },
      { head: 'kind', cell: (i) => kindOf(at(i)) },
      { head: 'gaps', number: true, cell: (i) => gapsOf(at(i), n_rows) },
      { head: 'different', number: true, cell: (i) => `${count(at(i).n_distinct)}${at(i).many_distinct ? '+' : ''}` },
      { head: 'what it holds', cell: (i) => html`${bars(at(i))} ${holds(at(i))}` },
    ];
  }

  #preparing(): TemplateResult {
    const { preprocess, drop_missing } = this.data;
    const { impute = 'mean', max_categories, scale = true } = preprocess ?? {};
    const set = (changes: object, more: Partial<OwnTable> = {}) => {
      const next = { ...preprocess, ...changes } as Record<string, unknown>;
      const kept = Object.entries(next).filter(([name, value]) => value !== undefined && value !== DEFAULTS[name]);
      this.#change({ ...more, preprocess: kept.length > 0 ? Object.fromEntries(kept) : undefined });
    };
    const gaps = (value: string) =>
      value === 'drop'
        ? set({ impute: undefined }, { drop_missing: true })
        : set({ impute: value === 'null' ? null : value }, { drop_missing: undefined });
    return html`<fieldset class="fields" ?disabled=${this.disabled || preprocess === null}>
      <legend>Preparing, learnt on the training rows of each fold</legend>
      ${select(
        this.disabled,
        'table-impute',
        'Gaps',
        drop_missing === true ? 'drop' : String(impute),
        [
          ['mean', 'the column’s mean'],
          ['median', 'the column’s median'],
          ['most_frequent', 'the most frequent'],
          ['drop', 'leave such rows out'],
          ['null', 'nothing: refused where numbers are missing'],
        ],
        gaps,
      )}
      <div class="field">
        <label for="table-categories">Categories a column at most</label>
        <input
          id="table-categories"
          data-testid="table-categories"
          type="number"
          min="1"
          placeholder="all"
          .value=${max_categories === undefined ? '' : String(max_categories)}
          @keydown=${stays}
          @change=${(event: Event) => {
            const { value } = event.target as HTMLInputElement;
            set({ max_categories: value === '' ? undefined : Math.max(1, Math.trunc(Number(value))) });
          }}
        />
        <small>each becomes a column of 0 and 1</small>
      </div>
      <label class="check"
        ><input
          type="checkbox"
          data-testid="table-scale"
          .checked=${scale}
          @change=${(event: Event) => set({ scale: (event.target as HTMLInputElement).checked })}
        />
        numbers to mean 0 and variance 1</label
      >
    </fieldset>`;
  }

  #firstRows(): TemplateResult | typeof nothing {
    const { rows, columns } = this.look;
    const [first] = rows;
    if (!first) return nothing;
    const cells = first.map(
      (_, i): Column<readonly string[]> => ({
        head: short(columns[i]?.name ?? ''),
        cell: (row) => short(row[i] ?? ''),
      }),
    );
    return html`<details data-testid="table-rows">
      <summary>The first ${counted(rows.length, 'row')}, as written</summary>
      ${table('table-first-rows', 'As they are in the table', cells, rows)}
    </details>`;
  }
}

const DEFAULTS: Record<string, unknown> = { impute: 'mean', one_hot: true, scale: true };

const inOrder = (places: Iterable<number>) => [...places].sort((a, b) => a - b);

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > N_LETTERS ? `${line.slice(0, N_LETTERS)}…` : line;
}

function kindOf({ kind, counter, too_many, sign, thousands }: TableColumn): string {
  if (counter) return 'counter';
  if (too_many) return 'text';
  const more = [sign, thousands && 'thousands'].filter(Boolean).join(', ');
  return more ? `${kind} (${more})` : kind;
}

function gapsOf({ n_missing }: TableColumn, n_rows: number): string {
  return n_missing === 0 ? '' : `${count(n_missing)} (${digits((100 * n_missing) / n_rows)} %)`;
}

/** Its range, or its most frequent values; what stands in the way of a number. */
function holds({
  kind,
  min,
  max,
  mean,
  most_frequent = [],
  n_distinct,
  odd_cell,
  n_infinite,
  n_numbers,
}: TableColumn): string {
  if (kind === 'number') {
    const range =
      min === undefined ? 'gaps alone' : `${digits(min)} to ${digits(max ?? min)}, mean ${digits(mean ?? min)}`;
    return n_infinite ? `${range}; ${count(n_infinite)} infinite: cannot be a feature` : range;
  }
  const some = most_frequent.slice(0, N_VALUES).map(({ value, count: n }) => `${short(value)} ${count(n)}`);
  const more = n_distinct > some.length ? [`${count(n_distinct - some.length)} more`] : [];
  const odd = odd_cell && n_numbers ? [`no number in line ${count(odd_cell.line)}: ${short(odd_cell.value)}`] : [];
  return [[...some, ...more].join(', '), ...odd].join('; ');
}

/** How its values lie, for who sees it: the words beside say the ends. */
function bars({ histogram, most_frequent = [], n_distinct }: TableColumn): TemplateResult | typeof nothing {
  const counts = histogram?.counts ?? (n_distinct > 1 ? most_frequent.map(({ count: n }) => n) : []);
  const largest = Math.max(...counts, 1);
  if (counts.length < 2) return nothing;
  const width = 60 / counts.length;
  return html`<svg class="bars" viewBox="0 0 60 16" width="60" height="16" aria-hidden="true">
    ${counts.map((n, i) => svg`<rect x=${i * width} y=${16 - (16 * n) / largest} width=${Math.max(1, width - 0.5)} height=${(16 * n) / largest} />`)}
  </svg>`;
}

if (!customElements.get('breakeven-table-look')) customElements.define('breakeven-table-look', LookElement);
