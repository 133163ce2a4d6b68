/** The sweep over batch sizes: a chart a model, the break-evens, and the points behind them. */
import { html, type TemplateResult } from 'lit';
import type { MeasurePoint, MeasureReport } from '../api/types.js';
import { overheadStages, overheadTitle, STAGE_NAMES } from '../charts/overhead.js';
import { sweepTimes, sweepTitle } from '../charts/sweep.js';
import { count, digits, duration } from '../experiment/format.js';
import { type Column, table } from './table.js';

const drawTimes = (name: string, data: MeasureReport, width: number) => sweepTimes(name, data, width);
const drawStages = (name: string, data: MeasurePoint[], width: number) => overheadStages(name, data, width);

const POINT: Column<MeasurePoint>[] = [
  { head: 'strategy', cell: (p) => p.strategy },
  { head: 'rows', number: true, cell: (p) => count(p.n_rows) },
  { head: 'median', number: true, cell: (p) => duration(p.median_ms) },
  { head: '95 % interval', number: true, cell: (p) => interval(p.ci95_ms) },
  { head: 'rows/s', number: true, cell: (p) => count(p.rows_per_s) },
  { head: 'busy / wall', number: true, cell: (p) => digits(p.busy_per_wall) },
  { head: 'samples', number: true, cell: (p) => count(p.n_samples) },
  { head: 'equal to serial', cell: (p) => (p.equal_to_serial ? 'yes' : 'NO') },
  { head: 'remarks', cell: (p) => p.flags.map((flag) => flag.replaceAll('_', ' ')).join(', ') },
];

type Found = MeasureReport['break_even'][number] & { classifier: string };

const BREAK_EVEN: Column<Found>[] = [
  { head: 'classifier', cell: (found) => found.classifier },
  { head: 'strategy', cell: (found) => found.strategy },
  { head: 'pays from', number: true, cell: (found) => (found.n_rows === null ? '–' : `${count(found.n_rows)} rows`) },
  { head: '95 % interval', number: true, cell: (found) => rowsInterval(found.ci95) },
  { head: 'verdict', cell: (found) => found.verdict.replaceAll('_', ' ') },
  { head: 'in words', cell: (found) => found.sentence },
];

export function sweepView(sweeps: Record<string, MeasureReport>): TemplateResult {
  const entries = Object.entries(sweeps);
  const found = entries.flatMap(([classifier, { break_even }]) => break_even.map((one) => ({ classifier, ...one })));
  return html`<section aria-labelledby="sweep-heading" data-testid="sweep">
    <h2 id="sweep-heading">From which batch size does parallel prediction pay?</h2>
    <p class="lead">
      The median time of one call over the rows in the batch, both logarithmic, with its 95 % interval. Dashed: from
      here on a strategy is faster than serial.
    </p>
    <div class="multiples">${entries.map(([classifier, report]) => modelView(classifier, report))}</div>
    ${found.length > 0 ? table('break-even-table', 'Break-evens against serial', BREAK_EVEN, found) : ''}
  </section>`;
}

function modelView(classifier: string, report: MeasureReport): TemplateResult {
  return html`<div class="model" data-testid="sweep-${classifier}">
    <figure data-testid="chart-sweep-${classifier}">
      <figcaption>${sweepTitle(classifier, report)}</figcaption>
      <breakeven-chart .name=${classifier} .data=${report} .draw=${drawTimes}></breakeven-chart>
    </figure>
    <details data-testid="overhead-${classifier}">
      <summary>Where the time goes</summary>
      <figure data-testid="chart-overhead-${classifier}">
        <figcaption>${overheadTitle(classifier, report.points)}</figcaption>
        <ul class="legend">
          ${STAGE_NAMES.map((stage) => html`<li class=${stage}>${stage}</li>`)}
        </ul>
        <breakeven-chart .name=${classifier} .data=${report.points} .draw=${drawStages}></breakeven-chart>
      </figure>
      <ul class="costs">
        ${report.cost_model.map(
          (cost) =>
            html`<li>
              <strong>${cost.strategy}</strong>: ${duration(cost.overhead_us / 1000)} a call and
              ${digits(cost.ns_per_row)} ns a row (R² ${cost.r2.toFixed(3)})
            </li>`,
        )}
      </ul>
    </details>
    <details data-testid="points-${classifier}">
      <summary>The ${report.points.length} points as a table</summary>
      ${table(`points-table-${classifier}`, `${classifier}: every point`, POINT, report.points)}
    </details>
  </div>`;
}

function interval([low, high]: readonly [number, number]): string {
  return `${duration(low)} – ${duration(high)}`;
}

function rowsInterval(ci95: readonly [number, number] | null): string {
  return ci95 ? `${count(ci95[0])} – ${count(ci95[1])}` : '–';
}
