/** What training found: the notebook's table, its charts, the grids, and the models as files. */
import { html, nothing, type TemplateResult } from 'lit';
import { gridHeight, gridScores, gridTitle } from '../../charts/grid.js';
import { importances, importancesHeight, importancesTitle } from '../../charts/importances.js';
import {
  accuracies,
  accuracyTitle,
  type TrainingData,
  trainingHeight,
  trainingTimes,
  trainingTitle,
} from '../../charts/training.js';
import { accuracy, bytes, count, digits, duration, settings } from '../../experiment/format.js';
import { columnName } from '../../experiment/importances.js';
import type { ModelFacts } from '../../experiment/model-facts.js';
import { byTestAccuracy, type ExperimentReport, type Importances } from '../../experiment/report.js';
import { isTable, nameOf } from '../../experiment/table-settings.js';
import { download } from '../figure/download.js';
import { figure, type Source } from '../figure/figure.js';
import { type Column, table } from '../figure/table.js';
import { confusions } from './confusion.js';
import { type Keeping, keepButton, keepPanel } from './models.js';
import { type ModelAtHand, type Predictions, predictButton, predictPanel } from './predict.js';
import { behindWords, type Layers, layers, type Shown, section } from './sections.js';

type Training = ExperimentReport['training'];
type Row = Training[number];

/** One classifier of a run that is under way. */
export interface Job {
  classifier: string;
  estimator: string;
  state: 'waiting' | 'training' | 'done';
  /** 0 to 1. */
  part: number;
}

export interface TrainingState extends Shown {
  /** Empty where no run is under way. */
  jobs: readonly Job[];
  files: ReadonlyMap<string, Uint8Array>;
  facts: ReadonlyMap<string, ModelFacts>;
  predictions: Predictions;
  keeping: Keeping;
}

export function trainingView(state: TrainingState, bare: boolean): TemplateResult | typeof nothing {
  const layer = layers<Training>(state, (report) => (report.training?.length ? report.training : null));
  if (!layer && state.jobs.length === 0) return nothing;
  const names =
    state.jobs.length > 0 ? state.jobs.map((job) => job.classifier) : (layer?.own ?? []).map((row) => row.classifier);
  const grids = (layer?.own ?? []).filter((row) => row.cv_results.params.length > 1);
  return section(
    { part: 'training', heading: 'Training', bare },
    html`${resultsTable(state, layer)} ${predictPanel(state.predictions, 'run')} ${keepPanel(state.keeping)}
    ${layer ? charts(state, layer, names) : nothing}
    ${layer ? confusions(layer.own, (layer.source ? state.reference?.report : state.own)?.data) : nothing}
    ${importancesView(layer)}
    ${grids.length > 0 ? html`<div class="grids" data-testid="grids">${grids.map((row) => gridFigure(row, layer?.source ?? null))}</div>` : nothing}`,
  );
}

/** Trained ones first, the best on unseen rows on top; under them what is still to come, in its place. */
function resultsTable(state: TrainingState, layer: Layers<Training> | null): TemplateResult {
  // The rows of somebody else's run are not those of the run that is under way.
  const mine = layer && (layer.source === null || state.jobs.length === 0) ? layer.own : [];
  const trained: (Row | Job)[] = byTestAccuracy(mine);
  const open = state.jobs.filter((job) => !mine.some((row) => row.classifier === job.classifier));
  const whose = layer?.source && state.jobs.length === 0 ? ` (${layer.source.tag})` : '';
  return table('results-table', `Classifiers, the best on unseen rows first${whose}`, columnsOf(state), [
    ...trained,
    ...open,
  ]);
}

function columnsOf(state: TrainingState): Column<Row | Job>[] {
  const trained = (row: Row | Job): row is Row => 'cv_results' in row;
  const then = (words: (row: Row) => unknown) => (row: Row | Job) => (trained(row) ? words(row) : '');
  return [
    { head: 'classifier', cell: (row) => html`<abbr title=${row.estimator}>${row.classifier}</abbr>` },
    {
      head: 'training time',
      number: true,
      cell: (row) => (trained(row) ? duration(row.training_time_ms) : jobView(row)),
    },
    { head: 'train acc.', number: true, cell: then((row) => accuracy(row.train_acc)) },
    { head: 'test acc.', number: true, cell: then((row) => accuracy(row.test_acc)) },
    { head: 'CV score', number: true, cell: then((row) => accuracy(row.best_score)) },
    { head: 'best settings', cell: then((row) => settings(row.best_params)) },
    { head: 'model file', number: true, cell: then((row) => modelButtons(state, row)) },
  ];
}

function jobView({ classifier, state, part }: Job): TemplateResult {
  if (state === 'waiting') return html`<span class="job">waiting</span>`;
  return html`<span class="job"
    ><progress max="1" .value=${part} aria-label="Training ${classifier}"></progress> ${Math.floor(100 * part)} %</span
  >`;
}

const TIME: Column<Row>[] = [
  { head: 'classifier', cell: (row) => row.classifier },
  {
    head: 'training time',
    number: true,
    cell: (row) => duration(row.training_time_ms),
    key: 'training_time_ms',
    raw: (row) => row.training_time_ms,
  },
  { head: 'settings tried', number: true, cell: (row) => row.cv_results.params.length },
];

const ACCURACY: Column<Row>[] = [
  { head: 'classifier', cell: (row) => row.classifier },
  {
    head: 'train acc.',
    number: true,
    cell: (row) => accuracy(row.train_acc),
    key: 'train_acc',
    raw: (row) => row.train_acc,
  },
  {
    head: 'test acc.',
    number: true,
    cell: (row) => accuracy(row.test_acc),
    key: 'test_acc',
    raw: (row) => row.test_acc,
  },
];

function charts(shown: Shown, layer: Layers<Training>, names: string[]): TemplateResult {
  const data: TrainingData = { own: layer.own, behind: layer.behind ?? [], names };
  const common = { source: layer.source, data, height: trainingHeight(names.length), rows: layer.own };
  return html`<div class="pair">
      ${figure({
        ...{ ...common, id: 'training', title: trainingTitle(layer.own), draw: trainingTimes },
        ...{ caption: 'Search and refit, wall clock', columns: TIME },
      })}
      ${figure({
        ...{ ...common, id: 'accuracy', title: accuracyTitle(layer.own), draw: accuracies },
        ...{ caption: 'Accuracy on the rows trained on and on the others', columns: ACCURACY },
      })}
    </div>
    ${behindWords(shown, layer)}`;
}

function gridFigure({ classifier, cv_results: results }: Row, source: Source | null): TemplateResult {
  const score = (values: readonly number[]) => (i: number) => accuracy(values[i] ?? Number.NaN);
  const columns: Column<number>[] = [
    { head: 'settings', cell: (i) => settings(results.params[i] ?? {}) },
    {
      head: 'mean',
      number: true,
      cell: score(results.mean_test_score),
      key: 'mean_test_score',
      raw: (i) => results.mean_test_score[i],
    },
    {
      head: 'std',
      number: true,
      cell: score(results.std_test_score),
      key: 'std_test_score',
      raw: (i) => results.std_test_score[i],
    },
    { head: 'rank', number: true, cell: (i) => results.rank_test_score[i], raw: (i) => results.rank_test_score[i] },
    {
      ...{ head: 'mean fit', number: true, cell: (i: number) => duration(results.mean_fit_time_ms[i] ?? Number.NaN) },
      ...{ key: 'mean_fit_time_ms', raw: (i: number) => results.mean_fit_time_ms[i] },
    },
    { head: 'remark', cell: (i) => results.error[i] ?? '' },
  ];
  return figure({
    ...{ id: `grid-${classifier}`, title: gridTitle(classifier, results), source, name: classifier, data: results },
    ...{ draw: gridScores, height: gridHeight(results), tableId: `grid-table-${classifier}` },
    ...{
      caption: `${classifier}: every setting’s cross-validated score`,
      columns,
      rows: [...results.params.keys()],
    },
  });
}

/** What can be had of a model of this visitor's run. */
function modelButtons(state: TrainingState, { classifier, model_bytes }: Row): TemplateResult {
  const { files, facts, predictions, keeping } = state;
  const [file, known] = [files.get(classifier), facts.get(classifier)];
  if (!file || !known) return html`${bytes(model_bytes)}`;
  const name = `${classifier}.breakeven`;
  const model: ModelAtHand = { place: 'run', name: classifier, facts: known, file: async () => file };
  return html`<span class="buttons">
    <button
      type="button"
      class="small"
      data-testid="download-model-${classifier}"
      aria-label="Download ${name}, ${bytes(model_bytes)}"
      @click=${() => download(name, 'application/octet-stream', file)}
    >
      ${bytes(model_bytes)} ↓
    </button>
    ${predictButton(predictions, model)}
    ${keeping.isShown ? keepButton(keeping, model, nameFor(classifier, state.own)) : nothing}
  </span>`;
}

/** The name that a model is offered to be kept by: the classifier's, and its data's. */
function nameFor(classifier: string, own: Shown['own']): string {
  const data = own?.experiment?.data ?? {};
  const name = isTable(data) ? nameOf(data)?.replace(/\.[^.]{1,5}$/, '') : 'dataset' in data ? data.dataset : null;
  return name ? `${classifier} ${name}` : classifier;
}

/** Of each forest; names of its columns only where they are known. */
function importancesView(layer: Layers<Training> | null): TemplateResult | typeof nothing {
  const known = (layer?.own ?? []).flatMap(({ classifier, importances }) =>
    importances ? [{ classifier, found: importances }] : [],
  );
  if (known.length === 0) return nothing;
  return html`<div class="pair" data-testid="importances">
    ${known.map(({ classifier, found }) => importancesFigure(classifier, found, layer?.source ?? null))}
  </div>`;
}

function importancesFigure(classifier: string, found: Importances, source: Source | null): TemplateResult {
  const { n_columns, columns: places, values } = found;
  const columns: Column<number>[] = [
    { head: 'column', cell: (i) => columnName(found, i) },
    { head: 'number', number: true, cell: (i) => count(places[i] ?? 0), raw: (i) => places[i] },
    { head: 'importance', number: true, cell: (i) => digits(values[i] ?? 0), raw: (i) => values[i] },
  ];
  const which =
    places.length < n_columns ? `The ${count(places.length)} most important of ${count(n_columns)} columns` : 'Columns';
  return figure({
    ...{ id: `importances-${classifier}`, title: importancesTitle(classifier, found), source, name: classifier },
    ...{ data: found, draw: importances, height: importancesHeight(found) },
    ...{
      caption: `${which}, by how much ${classifier}’s splits tell in the training rows; those with many values are favoured`,
      columns,
      rows: [...places.keys()],
    },
  });
}
