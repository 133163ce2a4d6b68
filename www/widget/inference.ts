/** Direct prediction: is it parallel already? */
import { html, type TemplateResult } from 'lit';
import { count, digits, duration } from '../experiment/format.js';
import type { ExperimentReport } from '../experiment/report.js';
import { type Column, table } from './table.js';

type Row = ExperimentReport['inference'][number];

const COLUMNS: Column<Row>[] = [
  { head: 'classifier', cell: (row) => row.classifier },
  { head: 'rows', number: true, cell: (row) => count(row.n_rows) },
  { head: 'wall', number: true, cell: (row) => duration(row.wall_ms) },
  { head: 'busy', number: true, cell: (row) => duration(row.busy_ms) },
  { head: 'busy / wall', number: true, cell: (row) => digits(row.busy_per_wall) },
  { head: 'which says', cell: (row) => row.sentence },
];

export function inferenceView(inference: readonly Row[]): TemplateResult {
  return html`<section aria-labelledby="inference-heading" data-testid="inference">
    <h2 id="inference-heading">Is prediction parallel already?</h2>
    <p class="lead">
      One plain call of <code>predict</code>. The notebook divides CPU time by wall time; a browser tells no CPU time,
      so this divides the time that threads were busy in the call.
    </p>
    ${table('inference-table', 'Direct prediction', COLUMNS, inference)}
  </section>`;
}
