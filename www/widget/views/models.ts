/** Models that the visitor keeps between visits, in the browser's storage. */
import { html, nothing, type TemplateResult } from 'lit';
import { bytes, count } from '../../experiment/format.js';
import type { ModelFacts } from '../../experiment/model-facts.js';
import { type Column, table } from '../figure/table.js';
import { type ModelAtHand, type ModelPlace, type Predictions, predictButton, predictPanel, quoted } from './predict.js';
import { section } from './sections.js';
import { takeFocus } from './take-focus.js';

/** A model that is kept; its file is read when it is used. */
export interface KeptModel {
  name: string;
  facts: ModelFacts;
  n_bytes: number;
  /** When, milliseconds since 1970. */
  kept_at: number;
}

export interface KeepingState {
  /** By name; null where nobody has looked yet. */
  models: readonly KeptModel[] | null;
  /** What this site has in the browser's storage, and may have; null where the browser does not tell. */
  storage: { usage: number; quota: number } | null;
  /** The model that a name is asked for, and the name that is offered. */
  naming: { model: ModelAtHand; name: string } | null;
  /** The one that is deleted when that is said once more. */
  deleting: string | null;
  /** What has been done, in words; what could not be; and where that was asked for. */
  said: string;
  problem: string;
  place: ModelPlace;
}

export interface Keeping {
  readonly state: KeepingState;
  /** Whether kept models are shown somewhere, so that what is kept can be found again. */
  readonly isShown: boolean;
  /** Asks for a name, or does so no more. */
  ask(model: ModelAtHand | null, name?: string): void;
  /** Whether it is kept now. */
  keep(name: string): Promise<boolean>;
  askToDelete(name: string | null): void;
  delete(name: string): Promise<void>;
  download(name: string): Promise<void>;
  file(name: string): Promise<Uint8Array>;
}

export const MAX_NAME = 100;
/** Names of classes and columns that are listed. */
const N_LISTED = 4;

/** Beside a model that could be kept. */
export function keepButton({ state, ask }: Keeping, model: ModelAtHand, name: string): TemplateResult {
  const is = state.naming?.model.name === model.name;
  return html`<button
    type="button"
    class="small"
    data-testid="keep-${model.name}"
    aria-expanded=${is ? 'true' : 'false'}
    aria-label="Keep ${model.name} in this browser"
    @click=${() => (is ? ask(null) : ask(model, name))}
  >
    keep
  </button>`;
}

/** The name that it is to be kept by; afterwards what became of that. */
export function keepPanel({ state, ask, keep }: Keeping): TemplateResult {
  const { naming, models } = state;
  const back = (from: EventTarget | null) => {
    const root = (from as Element).getRootNode() as ParentNode;
    const name = naming?.model.name ?? '';
    return () => root.querySelector<HTMLElement>(`[data-testid="keep-${CSS.escape(name)}"]`)?.focus();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const has = back(form);
    if (await keep(String(new FormData(form).get('name')))) has();
  };
  const form = (
    model: ModelAtHand,
    name: string,
  ) => html`<form class="panel" data-testid="keep-panel" @submit=${submit}>
    <label for="keep-name">Keep ${model.name} as</label>
    <input id="keep-name" name="name" data-testid="keep-name" type="text" required maxlength=${MAX_NAME} pattern=".*\\S.*" .value=${name} aria-describedby="keep-hint" ${takeFocus()} />
    <small id="keep-hint">It stays in this browser’s storage. A model of the same name is replaced${models?.length ? `; there are ${list(models)}` : ''}.</small>
    <p class="actions">
      <button type="submit" data-testid="keep-it">Keep</button>
      <button
        type="button"
        class="quiet"
        data-testid="keep-not"
        @click=${(event: Event) => {
          const has = back(event.currentTarget);
          ask(null);
          has();
        }}
      >
        Do not
      </button>
    </p>
  </form>`;
  return html`${naming ? form(naming.model, naming.name) : nothing} ${outcome(state, 'run')}`;
}

function list(models: readonly KeptModel[]): string {
  const some = models.slice(0, N_LISTED).map(({ name }) => quoted(name));
  return [...some, ...(models.length > N_LISTED ? [`${models.length - N_LISTED} more`] : [])].join(', ');
}

function outcome(state: KeepingState, place: ModelPlace): TemplateResult {
  const { said, problem } = state.place === place ? state : { said: '', problem: '' };
  return html`<p role="status" tabindex="-1" class=${said ? 'said' : 'unseen'} data-testid="said-${place}">${said}</p>
    <div role="alert" data-testid="problem-${place}">
      ${problem ? html`<div class="failure">${problem}</div>` : nothing}
    </div>`;
}

export interface ModelsState {
  keeping: Keeping;
  predictions: Predictions;
}

export function modelsView({ keeping, predictions }: ModelsState, bare: boolean): TemplateResult | typeof nothing {
  const { models, storage, said, problem, place } = keeping.state;
  const isSaid = place === 'kept' && (said || problem);
  if (!models || (models.length === 0 && !isSaid)) return nothing;
  const used = storage
    ? ` ${bytes(storage.usage)} of the ${bytes(storage.quota)} that it gives this site are in use.`
    : '';
  const inFrame = globalThis.top !== globalThis.self;
  const words = html`<p class="lead" data-testid="kept-words">
    In this browser’s storage${inFrame ? ', of which a frame may have one of its own' : ''}: clearing this site’s data deletes
    them, so download what must not be lost.${used}
  </p>`;
  return section(
    { part: 'models', heading: 'Kept models', bare },
    html`${models.length > 0 ? html`${words} ${table('kept-table', 'Kept models', columnsOf(keeping, predictions), models)}` : nothing}
    ${outcome(keeping.state, 'kept')} ${predictPanel(predictions, 'kept')}`,
  );
}

function columnsOf(keeping: Keeping, predictions: Predictions): Column<KeptModel>[] {
  return [
    { head: 'name', cell: ({ name }) => name },
    { head: 'estimator', cell: ({ facts }) => facts.estimator },
    { head: 'tells apart', cell: ({ facts }) => some(facts.classes, facts.n_classes, 'classes') },
    {
      head: 'by',
      cell: ({ facts }) =>
        some(facts.features ?? [], facts.n_features, facts.n_features === 1 ? 'feature' : 'features'),
    },
    { head: 'size', number: true, cell: ({ n_bytes }) => bytes(n_bytes) },
    { head: 'kept', cell: ({ kept_at }) => html`<span class="when">${day(kept_at)}</span>` },
    { head: 'with it', words: true, cell: (model) => actions(keeping, predictions, model) },
  ];
}

function some(names: readonly string[], n: number, what: string): string {
  if (names.length === 0) return `${count(n)} ${what}`;
  const shown = names.slice(0, N_LISTED).map((name) => quoted(name).slice(1, -1));
  return n > shown.length ? `${shown.join(', ')} and ${count(n - shown.length)} more` : shown.join(', ');
}

/** In the reader's own time, in the order in which it sorts. */
function day(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '–';
  return date.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}

function actions(keeping: Keeping, predictions: Predictions, { name, facts }: KeptModel): TemplateResult {
  const button = (id: string, words: string, label: string, act: (event: Event) => unknown, comes = false) =>
    html`<button type="button" class="small" data-testid="${id}-${name}" aria-label="${label} ${name}" @click=${act} ${comes ? takeFocus() : nothing}>${words}</button>`;
  const remove = async (event: Event) => {
    const root = (event.currentTarget as Element).getRootNode() as ParentNode;
    await keeping.delete(name);
    root.querySelector<HTMLElement>('[data-testid=said-kept]')?.focus();
  };
  const model: ModelAtHand = { place: 'kept', name, facts, file: () => keeping.file(name) };
  const isAsked = keeping.state.deleting === name;
  return html`<span class="buttons">
    ${predictButton(predictions, model)}
    ${button('download-kept', '↓', 'Download', () => keeping.download(name))}
    ${
      isAsked
        ? html`${button('delete-sure', 'delete for good', 'Delete for good:', remove, true)}
          ${button('delete-not', 'do not', 'Do not delete', () => keeping.askToDelete(null))}`
        : button('delete-kept', 'delete', 'Delete', () => keeping.askToDelete(name))
    }
  </span>`;
}
