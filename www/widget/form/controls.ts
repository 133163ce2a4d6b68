/** The buttons, and folded the form: a field for each setting that a visitor is likely to change. */
import { html, nothing, type TemplateResult } from 'lit';
import type { BreakevenError } from '../../api/error.js';
import type { Experiment } from '../../api/types.js';
import { settingOf } from '../../experiment/check.js';
import { count } from '../../experiment/format.js';
import { BATCH_SIZES, DATASETS, type NumberProperty, type Property, propertyAt } from '../../experiment/properties.js';
import { isTable } from '../../experiment/table-settings.js';
import { hashOf, type Settings, TIERS, type TierChoice } from '../../experiment/url.js';
import type { Part } from '../part-names.js';
import type { TableField } from '../table-field.js';
import * as settings from './settings.js';

export interface ControlsState {
  settings: Settings;
  /** The field that this error names is marked. */
  problem: BreakevenError | null;
  parts: ReadonlySet<Part>;
  running: boolean;
  /** Where the visitor's own table comes from, and what it is. */
  ownTable: (field: TableField) => TemplateResult;
  /** Whether something is measured besides a run: that can be cancelled, too. */
  looking: boolean;
  machine_threads: number;
  /** Whether the settings are unfolded. */
  open: boolean;
  onOpen: (open: boolean) => void;
  onChange: (settings: Settings) => void;
  onRun: () => void;
  onCancel: () => void;
  /** How the run is, and what has failed: between the buttons and the unfolded settings, to be seen while they are open. */
  progress: TemplateResult;
}

const FIRST = ['data.n_samples', 'data.n_features', 'data.n_informative', 'data.random_state'];
const FILE = 'data.file';
/** Settings of a table of the visitor's own. */
const TABLE = [FILE, 'data.csv', 'data.src', 'data.target', 'data.features', 'data.read', 'data.preprocess'];
const BEHIND = ['split.test_size', 'split.random_state', 'n_threads', 'sweep.budget_ms'];
const LARGEST = BATCH_SIZES.filter((n_rows) => n_rows >= 1000);

export function fieldId(path: string): string {
  return `setting-${path.replaceAll('.', '-')}`;
}

export function controlsView(state: ControlsState): TemplateResult {
  const [fields, buttons] = [state.parts.has('settings'), state.parts.has('run')];
  return html`<form
    class="controls"
    novalidate
    data-testid="controls"
    @submit=${(event: Event) => event.preventDefault()}
  >
    ${buttons ? buttonsView(state) : nothing} ${fields ? fieldsView(state) : nothing} ${state.progress}
  </form>`;
}

function fieldsView(state: ControlsState): TemplateResult {
  const { experiment } = state.settings;
  const source = settings.datasetOf(experiment);
  return html`<details
    class="more"
    data-testid="more-settings"
    ?open=${state.open}
    @toggle=${(event: Event) => state.onOpen((event.target as HTMLDetailsElement).open)}
  >
    <summary>Settings <span class="brief">${settings.brief(experiment)}</span></summary>
    <fieldset class="fields" ?disabled=${state.running}>
      <legend>Data</legend>
      ${dataset(state)} ${source === 'make_classification' ? FIRST.map((path) => number(state, path)) : nothing}
      ${source === settings.CSV ? ownTable(state) : nothing}
    </fieldset>
    <fieldset class="fields" ?disabled=${state.running}>
      <legend>Split and classifiers</legend>
      ${number(state, 'split.test_size', '0.05')} ${number(state, 'split.random_state')} ${classifiers(state)}
    </fieldset>
    <fieldset class="fields" ?disabled=${state.running}>
      <legend>Machine and measurement</legend>
      ${preset(state)} ${largest(state)} ${tier(state)} ${number(state, 'n_threads')}
      ${number(state, 'sweep.budget_ms', '100')}
    </fieldset>
    <button
      type="button"
      class="quiet"
      data-testid="reset"
      ?hidden=${isNotebook(state.settings)}
      ?disabled=${state.running}
      @click=${() => state.onChange({ experiment: settings.notebook(experiment), tier: 'auto' })}
    >
      Back to the notebook’s settings
    </button>
  </details>`;
}

function buttonsView(state: ControlsState): TemplateResult {
  // On the button: a sandboxed frame without allow-forms submits nothing, but Enter in a field still clicks here.
  return html`<div class="actions">
    <button type="submit" class="primary" data-testid="run" ?disabled=${state.running} @click=${state.onRun}>
      Run the experiment
    </button>
    <button type="button" data-testid="cancel" ?disabled=${!state.running && !state.looking} @click=${state.onCancel}>Cancel</button>
  </div>`;
}

/** A file of one's own does not show in an address. */
function isNotebook({ experiment, tier }: Settings): boolean {
  if (settings.datasetOf(experiment) === settings.CSV) return false;
  return hashOf({ experiment, tier }) === hashOf({ experiment: settings.notebook(experiment), tier: 'auto' });
}

/** Whether the form has a field for what this error is about, which then says so itself. */
export function hasField(problem: BreakevenError | null, parts: ReadonlySet<Part>): boolean {
  const path = problem && settingOf(problem.message);
  return Boolean(path && parts.has('settings') && [...FIRST, ...BEHIND, ...TABLE].includes(path));
}

/** The form's names of the settings that it has fields for. */
const LABELS = new Map<string, string>([
  ...[...FIRST, ...BEHIND].map((path): [string, string] => [path, propertyAt(path)?.label ?? path]),
  [FILE, 'Table'],
  ['data.csv', 'Table'],
]);

/** A refusal in the form's own words: its fields' labels for the settings' names. */
export function asLabelled(message: string): string {
  const inQuotes = (words: string, path: string) => {
    const label = LABELS.get(path) ?? LABELS.get(`data.${path}`);
    return label === undefined ? words : `“${label}”`;
  };
  return message.replace(/'([\w.]+)'/, inQuotes).replaceAll(/\b(n_(?:samples|features|informative))\b/g, inQuotes);
}

/** Changes the experiment and leaves the tier. */
function edit(state: ControlsState, experiment: Experiment): void {
  state.onChange({ ...state.settings, experiment });
}

function number(state: ControlsState, path: string, step = '1'): TemplateResult {
  const property = propertyAt(path) as NumberProperty;
  const value = settings.read(state.settings.experiment, property);
  const bad = state.problem && settingOf(state.problem.message) === path ? state.problem : null;
  const id = fieldId(path);
  const hint = property.hint ?? (path === 'n_threads' ? `this machine tells ${state.machine_threads} cores` : '');
  const described = [hint && `${id}-hint`, bad && `${id}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for=${id}>${property.label}</label>
    <input
      id=${id}
      data-testid=${id}
      type="number"
      inputmode=${property.kind === 'integer' ? 'numeric' : 'decimal'}
      min=${property.min}
      max=${property.max}
      step=${step}
      placeholder=${path === 'n_threads' ? String(state.machine_threads) : nothing}
      .value=${value === null || value === undefined ? '' : String(value)}
      aria-invalid=${bad ? 'true' : nothing}
      aria-describedby=${described || nothing}
      @change=${(event: Event) => {
        const { value: text } = event.target as HTMLInputElement;
        edit(state, settings.change(state.settings.experiment, property, text === '' ? undefined : Number(text)));
      }}
    />
    ${hint ? html`<small id="${id}-hint">${hint}</small>` : nothing}
    ${bad ? html`<small class="error" id="${id}-error">${asLabelled(bad.message)}</small>` : nothing}
  </div>`;
}

interface Choice {
  value: string;
  words: string;
}

function select(id: string, label: string, chosen: string, choices: Choice[], onChange: (value: string) => void) {
  return html`<div class="field wide">
    <label for=${id}>${label}</label>
    <select id=${id} data-testid=${id} @change=${(event: Event) => onChange((event.target as HTMLSelectElement).value)}>
      ${choices.map(({ value, words }) => html`<option value=${value} .selected=${value === chosen}>${words}</option>`)}
    </select>
  </div>`;
}

function dataset(state: ControlsState): TemplateResult {
  const { experiment } = state.settings;
  const choices = ['make_classification', ...DATASETS].map((value) => ({ value, words: value }));
  choices.push({ value: settings.CSV, words: 'a table of yours' });
  return select(fieldId('data.dataset'), 'Source', settings.datasetOf(experiment), choices, (value) =>
    edit(state, settings.withDataset(experiment, value)),
  );
}

/** A table of the visitor's: read here, sent nowhere. */
function ownTable(state: ControlsState): TemplateResult {
  const { data } = state.settings.experiment;
  const path = state.problem && settingOf(state.problem.message);
  // That none has been chosen yet goes without saying.
  const isEmpty = data && 'csv' in data && data.csv === '';
  const problem = path && TABLE.includes(path) && !isEmpty ? asLabelled(state.problem?.message ?? '') : '';
  return state.ownTable({
    ...{ id: fieldId(FILE), data: data && isTable(data) ? data : null, problem, disabled: state.running },
    onData: (data) => edit(state, { ...state.settings.experiment, data }),
  });
}

function tier(state: ControlsState): TemplateResult {
  const choices = TIERS.map((value) => ({ value, words: value === 'auto' ? 'the best this page can' : value }));
  return select(fieldId('tier'), 'Tier', state.settings.tier, choices, (value) =>
    state.onChange({ ...state.settings, tier: value as TierChoice }),
  );
}

/** How long the sweep takes, and how far it goes. */
function preset(state: ControlsState): TemplateResult {
  const property = propertyAt('sweep.preset') as Property;
  const { experiment } = state.settings;
  const choices = [
    { value: 'quick', words: 'quick: under a minute' },
    { value: 'thorough', words: 'thorough: some minutes' },
  ];
  return select(fieldId('sweep.preset'), 'Sweep', String(settings.read(experiment, property)), choices, (value) =>
    edit(state, settings.change(experiment, property, value)),
  );
}

function largest(state: ControlsState): TemplateResult {
  const { experiment } = state.settings;
  const now = settings.largestBatch(experiment);
  const sizes = [...new Set([...LARGEST, now])].sort((a, b) => a - b);
  const choices = sizes.map((n_rows) => ({ value: String(n_rows), words: `${count(n_rows)} rows` }));
  return select(fieldId('sweep.batch_sizes'), 'Largest batch', String(now), choices, (value) =>
    edit(state, settings.withLargestBatch(experiment, Number(value))),
  );
}

function classifiers(state: ControlsState): TemplateResult {
  const { experiment } = state.settings;
  const choices = settings.classifierChoices(experiment);
  const last = choices.filter(({ on }) => on).length === 1;
  return html`<fieldset class="checks">
    <legend>Classifiers</legend>
    ${choices.map(
      ({ name, estimator, on }) => html`<label title=${estimator}>
        <input
          type="checkbox"
          data-testid="classifier-${name}"
          .checked=${on}
          ?disabled=${on && last}
          @change=${(event: Event) =>
            edit(state, settings.withClassifier(experiment, name, (event.target as HTMLInputElement).checked))}
        />
        ${name}
      </label>`,
    )}
  </fieldset>`;
}
