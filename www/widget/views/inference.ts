/** Direct prediction: is it parallel already? */
import { html, nothing, type TemplateResult } from 'lit';
import { type BusyDot, busyChart, busyDots, busyTitle } from '../../charts/busy.js';
import { count, digits, duration } from '../../experiment/format.js';
import type { ExperimentReport } from '../../experiment/report.js';
import { figure } from '../figure/figure.js';
import { type Column, table } from '../figure/table.js';
import { layers, type Shown, section } from './sections.js';

type Row = ExperimentReport['inference'][number];

const COLUMNS: Column<Row>[] = [
  { head: 'classifier', cell: (row) => row.classifier },
  { head: 'rows', number: true, cell: (row) => count(row.n_rows), key: 'n_rows', raw: (row) => row.n_rows },
  { head: 'wall', number: true, cell: (row) => duration(row.wall_ms), key: 'wall_ms', raw: (row) => row.wall_ms },
  { head: 'busy', number: true, cell: (row) => duration(row.busy_ms), key: 'busy_ms', raw: (row) => row.busy_ms },
  {
    head: 'busy / wall',
    number: true,
    cell: (row) => digits(row.busy_per_wall),
    key: 'busy_per_wall',
    raw: (row) => row.busy_per_wall,
  },
  { head: 'which says', cell: (row) => row.sentence },
];

const DOTS: Column<BusyDot>[] = [
  { head: 'classifier', cell: (dot) => dot.classifier },
  { head: 'whose', cell: (dot) => dot.whose },
  {
    head: 'busy / wall',
    number: true,
    cell: (dot) => digits(dot.ratio),
    key: 'busy_per_wall',
    raw: (dot) => dot.ratio,
  },
];

const LEAD = html`One plain call of <code>predict</code>. The notebook divides CPU time by wall time; a browser tells no
  CPU time, so this divides the time that threads were busy in the call.`;

export function inferenceView(shown: Shown, bare: boolean): TemplateResult | typeof nothing {
  const layer = layers<Row[]>(shown, (report) => (report.inference?.length ? report.inference : null));
  if (!layer) return nothing;
  const rows = layer.own;
  return section(
    { part: 'inference', heading: 'Is prediction parallel already?', lead: LEAD, bare },
    html`${figure({
      ...{
        id: 'busy',
        title: busyTitle(rows),
        source: layer.source,
        data: rows,
        draw: busyChart,
        rows: busyDots(rows),
      },
      ...{ height: 34 * rows.length + 60, caption: 'Busy over wall, and the notebook’s CPU over wall', columns: DOTS },
    })}
    ${table('inference-table', 'Direct prediction', COLUMNS, rows)}`,
  );
}
