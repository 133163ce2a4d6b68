/** A file of the visitor's own, predicted by a model that is at hand: of the last run, or kept. */
import { html, nothing, type TemplateResult } from 'lit';
import type { BreakevenError } from '../../api/error.js';
import { accuracy, count, counted, duration, list } from '../../experiment/format.js';
import type { ModelFacts } from '../../experiment/model-facts.js';
import { nameless, type PredictedFile } from '../../experiment/predict-file.js';
import { download } from '../figure/download.js';
import { takeFocus } from './take-focus.js';

/** Where a model is that is asked for a prediction, or kept. */
export type ModelPlace = 'run' | 'kept';

export interface ModelAtHand {
  place: ModelPlace;
  name: string;
  facts: ModelFacts;
  /** Its file, as it was saved. */
  file: () => Promise<Uint8Array>;
}

/** How far a prediction is. */
export interface PredictState {
  /** The model whose place for a file is open. */
  model: ModelAtHand | null;
  /** What is predicted, or was: the file's name. */
  of: string;
  /** How much is done, 0 to 1; null where nothing is predicted. */
  part: number | null;
  /** Whether it waits for what else uses the engine. */
  waits: boolean;
  done: PredictedFile | null;
  error: BreakevenError | null;
}

export interface Predictions {
  readonly state: PredictState;
  /** Opens the place for a file, or shuts it. */
  open(model: ModelAtHand | null): void;
  predict(file: File): void;
  cancel(): void;
}

/** Names that are said at most, and their letters. */
const [N_NAMES, N_LETTERS] = [8, 40];

export function isOpen({ model }: PredictState, place: ModelPlace, name: string): boolean {
  return model?.place === place && model.name === name;
}

/** Opens the place for a file; pressed again it shuts that. */
export function predictButton({ state, open }: Predictions, model: ModelAtHand): TemplateResult {
  const { place, name } = model;
  const is = isOpen(state, place, name);
  return html`<button
    type="button"
    class="small"
    data-testid="predict-${place}-${name}"
    aria-expanded=${is ? 'true' : 'false'}
    aria-label="Predict a file with ${name}"
    @click=${() => open(is ? null : model)}
  >
    predict a file
  </button>`;
}

/** The place for a file, and what came of it. Only one is open. */
export function predictPanel(predictions: Predictions, place: ModelPlace): TemplateResult | typeof nothing {
  const { state, open } = predictions;
  const { model, part, error } = state;
  if (model?.place !== place) return nothing;
  const shut = (event: Event) => {
    const root = (event.currentTarget as Element).getRootNode() as ParentNode;
    open(null);
    root.querySelector<HTMLElement>(`[data-testid="predict-${place}-${CSS.escape(model.name)}"]`)?.focus();
  };
  return html`<div class="panel" role="group" aria-label="Predict a file with ${model.name}" data-testid="predict-panel">
    <h3>Predict a file with ${model.name}</h3>
    ${model.facts.features ? source(predictions, model.facts, model.facts.features) : html`<p tabindex="-1" ${takeFocus()}>${nameless().message}</p>`}
    ${part === null ? nothing : progress(predictions, part)}
    <p role="status" data-testid="predicted">${state.done ? inWords(state.of, state.done) : nothing}</p>
    ${state.done ? outcome(state.of, state.done) : nothing}
    <div role="alert" data-testid="predict-error" data-code=${error?.code ?? nothing}>
      ${error ? html`<div class="failure"><strong>It did not work.</strong> ${error.message} <code>${error.code}</code></div>` : nothing}
    </div>
    <button type="button" class="small" data-testid="predict-close" @click=${shut}>Close</button>
  </div>`;
}

function source({ predict }: Predictions, facts: ModelFacts, features: readonly string[]): TemplateResult {
  const { standardised, target } = facts;
  return html`<div
    class="drop"
    @dragover=${(event: DragEvent) => event.preventDefault()}
    @drop=${(event: DragEvent) => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (file) predict(file);
    }}
  >
    <label for="predict-file">Table</label>
    <input
      id="predict-file"
      data-testid="predict-file"
      type="file"
      accept=".csv,.tsv,.txt,.data,text/csv,text/plain,text/tab-separated-values"
      aria-describedby="predict-hint"
      ${takeFocus()}
      @click=${(event: Event) => {
        // The same file again, corrected meanwhile, is no change to a field that still has it.
        (event.target as HTMLInputElement).value = '';
      }}
      @change=${(event: Event) => {
        const [file] = (event.target as HTMLInputElement).files ?? [];
        if (file) predict(file);
      }}
    />
    <small id="predict-hint"
      >Choose a file, or drop one here. It takes ${columnWords(features, facts.n_features)}, found by name, in any
      order${target === undefined ? '' : html`; a column ${quoted(target)} is compared with what is predicted`}. It stays on
      this machine.${
        standardised
          ? ` The features of ${standardised} were standardised before it was trained: a table’s have to be, too.`
          : ''
      }</small
    >
  </div>`;
}

function progress({ state, cancel }: Predictions, part: number): TemplateResult {
  const words = state.waits ? 'waiting for its turn' : `${Math.floor(100 * part)} %`;
  return html`<div class="reading" data-testid="predicting">
    <progress max="1" .value=${part} aria-label="Predicting ${state.of}"></progress>
    <small>Predicting ${state.of}: ${words}</small>
    <button type="button" class="small" data-testid="predict-cancel" @click=${cancel}>Cancel</button>
  </div>`;
}

/** Rows, time, rows a class, and how many are right where the table tells. */
export function inWords(of: string, { n_rows, ms, counts, compared }: PredictedFile): string {
  const some = counts.slice(0, N_NAMES).map(({ name, n_rows: n }) => `${short(name)} ${count(n)}`);
  const others = counts.length - N_NAMES;
  const more = others > 0 ? [`${count(others)} ${others === 1 ? 'other class' : 'other classes'}`] : [];
  const classes = n_rows > 0 ? `: ${list([...some, ...more])}` : '';
  const right = compared
    ? ` ${accuracy(compared.accuracy)} of the ${counted(compared.n_rows, 'row')} with a class in ${quoted(compared.column)} ` +
      'are right, counting those that it was trained on, if the table has such.'
    : '';
  return `${counted(n_rows, 'row')} of ${of} predicted in ${duration(ms)}${classes}.${right}`;
}

function outcome(of: string, { csv, notes }: PredictedFile): TemplateResult {
  const name = predictionsName(of);
  return html`${notes.length > 0 ? html`<ul data-testid="predict-notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
    <p class="actions">
      <button type="button" data-testid="download-predictions" @click=${() => download(name, 'text/csv', csv)}>
        Download ${name}
      </button>
    </p>`;
}

export function predictionsName(of: string): string {
  return `${of.replace(/\.[^.]{1,5}$/, '') || 'table'}-predictions.csv`;
}

function columnWords(names: readonly string[], n: number): string {
  const some = names.slice(0, N_NAMES).map(quoted);
  const more = n > some.length ? [`${count(n - some.length)} more`] : [];
  return `the ${n === 1 ? 'column' : 'columns'} ${list([...some, ...more])}`;
}

export function quoted(name: string): string {
  return `‘${short(name)}’`;
}

function short(name: string): string {
  const letters = [...name.slice(0, 4 * N_LETTERS).replaceAll(/\s+/g, ' ')];
  return letters.length > N_LETTERS ? `${letters.slice(0, N_LETTERS).join('')}…` : letters.join('');
}
