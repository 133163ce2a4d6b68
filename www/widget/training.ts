/** What training found: the notebook's table, its charts, the grids, and the models as files. */
import { html, nothing, type TemplateResult } from 'lit';
import { gridScores, gridTitle } from '../charts/grid.js';
import { accuracies, accuracyTitle, trainingTimes, trainingTitle } from '../charts/training.js';
import { accuracy, bytes, duration, settings } from '../experiment/format.js';
import { byTestAccuracy, type ExperimentReport } from '../experiment/report.js';
import { download } from './download.js';
import { type Column, table } from './table.js';

type Training = ExperimentReport['training'];
type Row = Training[number];
type Grid = Row['cv_results'];

const drawTimes = (_: string, data: Training, width: number) => trainingTimes(data, width);
const drawAccuracies = (_: string, data: Training, width: number) => accuracies(data, width);
const drawGrid = (name: string, data: Grid, width: number) => gridScores(name, data, width);

export function trainingView(training: Training, files: ReadonlyMap<string, Uint8Array>): TemplateResult {
  const columns: Column<Row>[] = [
    { head: 'classifier', cell: (row) => html`<abbr title=${row.estimator}>${row.classifier}</abbr>` },
    { head: 'training time', number: true, cell: (row) => duration(row.training_time_ms) },
    { head: 'train acc.', number: true, cell: (row) => accuracy(row.train_acc) },
    { head: 'test acc.', number: true, cell: (row) => accuracy(row.test_acc) },
    { head: 'CV score', number: true, cell: (row) => accuracy(row.best_score) },
    { head: 'best settings', cell: (row) => settings(row.best_params) },
    { head: 'model file', number: true, cell: (row) => modelButton(row, files.get(row.classifier)) },
  ];
  const grids = training.filter((row) => row.cv_results.params.length > 1);
  return html`<section aria-labelledby="training-heading" data-testid="training">
    <h2 id="training-heading">Training</h2>
    ${table('results-table', 'Classifiers, the best on unseen rows first', columns, byTestAccuracy(training))}
    <div class="pair">
      <figure data-testid="chart-training">
        <figcaption>${trainingTitle(training)}</figcaption>
        <breakeven-chart .data=${training} .draw=${drawTimes}></breakeven-chart>
      </figure>
      <figure data-testid="chart-accuracy">
        <figcaption>${accuracyTitle(training)}</figcaption>
        <breakeven-chart .data=${training} .draw=${drawAccuracies}></breakeven-chart>
      </figure>
    </div>
    ${
      grids.length > 0
        ? html`<details data-testid="grids">
          <summary>Grid search: every setting’s cross-validated accuracy</summary>
          ${grids.map(
            (row) => html`<figure data-testid="chart-grid-${row.classifier}">
              <figcaption>${gridTitle(row.classifier, row.cv_results)}</figcaption>
              <breakeven-chart .name=${row.classifier} .data=${row.cv_results} .draw=${drawGrid}></breakeven-chart>
            </figure>`,
          )}
          ${grids.map((row) => gridTable(row))}
        </details>`
        : nothing
    }
  </section>`;
}

function modelButton({ classifier, model_bytes }: Row, file: Uint8Array | undefined): TemplateResult {
  if (!file) return html`${bytes(model_bytes)}`;
  const name = `${classifier}.breakeven`;
  return html`<button
    type="button"
    class="small"
    data-testid="download-model-${classifier}"
    aria-label="Download ${name}, ${bytes(model_bytes)}"
    @click=${() => download(name, 'application/octet-stream', file)}
  >
    ${bytes(model_bytes)} ↓
  </button>`;
}

function gridTable({ classifier, cv_results: results }: Row): TemplateResult {
  const columns: Column<number>[] = [
    { head: 'settings', cell: (i) => settings(results.params[i] ?? {}) },
    { head: 'mean', number: true, cell: (i) => accuracy(results.mean_test_score[i] ?? Number.NaN) },
    { head: 'std', number: true, cell: (i) => accuracy(results.std_test_score[i] ?? Number.NaN) },
    { head: 'rank', number: true, cell: (i) => results.rank_test_score[i] },
    { head: 'mean fit', number: true, cell: (i) => duration(results.mean_fit_time_ms[i] ?? Number.NaN) },
    { head: 'remark', cell: (i) => results.error[i] ?? '' },
  ];
  return table(`grid-table-${classifier}`, `${classifier}: every setting`, columns, [...results.params.keys()]);
}
