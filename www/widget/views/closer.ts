/** One classifier, closer: where a call's time goes, a pool that sleeps, and few threads against many. */
import { html, nothing, type TemplateResult } from 'lit';
import type { MeasurePoint, MeasureReport } from '../../api/types.js';
import { type PoolPoint, parkedTimes, parkedTitle, poolPoints } from '../../charts/closer.js';
import {
  overheadStages,
  overheadTitle,
  STAGE_NAMES,
  type StageShare,
  stagesHeight,
  stagesOf,
} from '../../charts/overhead.js';
import { cellsOf, mapHeight, mapTitle, threadMap } from '../../charts/thread-map.js';
import { threadCounts } from '../../experiment/closer.js';
import { count, digits, duration, list } from '../../experiment/format.js';
import type { MapCell } from '../../experiment/thread-map.js';
import { figure } from '../figure/figure.js';
import type { Column } from '../figure/table.js';
import { choice, type Layers, layers, type Shown, section } from './sections.js';
import { POINT } from './sweep.js';

export type Look = 'parked' | 'thread_counts';

export interface CloserState extends Shown {
  classifier: string;
  onClassifier: (classifier: string) => void;
  /** Whether a run of the visitor's has left what these measurements need, and nothing else is under way. */
  ready: boolean;
  /** What is being measured now, and how far it is: 0 to 1. */
  looking: { look: Look; part: number } | null;
  onLook: (look: Look, classifier: string) => void;
}

const LEAD =
  'One classifier at a time: what a call’s time is spent on, what it costs to wake threads that have gone to sleep, ' +
  'and what more threads than cores bring.';

export function closerView(state: CloserState, bare: boolean): TemplateResult | typeof nothing {
  const names = Object.keys(state.own?.sweeps ?? {});
  const known = names.length > 0 ? names : Object.keys(state.reference?.report.sweeps ?? {});
  const [first] = known;
  if (first === undefined) return nothing;
  const classifier = known.includes(state.classifier) ? state.classifier : first;
  const sweep = layers(state, (report) => report.sweeps?.[classifier]) as Layers<MeasureReport>;
  return section(
    { part: 'closer', heading: 'One classifier, closer', lead: LEAD, bare },
    html`${choice(
      'closer',
      'Classifier',
      classifier,
      known.map((name) => [name, name] as const),
      state.onClassifier,
    )}
    ${stagesFigure(classifier, sweep)}
    <div class="pair">${parkedFigure(state, classifier)} ${countsFigure(state, classifier)}</div>`,
  );
}

const STAGE: Column<StageShare>[] = [
  { head: 'strategy', cell: (row) => row.strategy },
  { head: 'rows', number: true, cell: (row) => count(row.n_rows), key: 'n_rows', raw: (row) => row.n_rows },
  { head: 'stage', cell: (row) => row.stage },
  { head: 'time', number: true, cell: (row) => duration(row.ms), key: 'median_ms', raw: (row) => row.ms },
  { head: 'share', number: true, cell: (row) => `${Math.round(row.share)} %`, key: 'percent', raw: (row) => row.share },
];

/** The same rows for the same sweep: the chart is not drawn again for nothing. */
const stages = new WeakMap<readonly MeasurePoint[], StageShare[]>();

function stagesFigure(classifier: string, { own, source }: Layers<MeasureReport>): TemplateResult {
  const rows = stages.get(own.points) ?? stagesOf(own.points);
  stages.set(own.points, rows);
  return html`${figure({
    ...{ id: `overhead-${classifier}`, title: overheadTitle(classifier, own.points), source, name: classifier },
    ...{ data: own.points, draw: overheadStages, height: stagesHeight(own.points) },
    ...{ caption: `${classifier}: the stages of a call`, columns: STAGE, rows },
    legend: html`<ul class="legend">
        ${STAGE_NAMES.map((stage) => html`<li class=${stage}>${stage}</li>`)}
      </ul>`,
  })}
    <ul class="costs">
      ${own.cost_model.map(
        (cost) =>
          html`<li>
            <strong>${cost.strategy}</strong>: ${duration(cost.overhead_us / 1000)} a call and
            ${digits(cost.ns_per_row)} ns a row (R² ${cost.r2.toFixed(3)})
          </li>`,
      )}
    </ul>`;
}

const PARKED: Column<PoolPoint>[] = [{ head: 'pool', cell: (p) => p.pool }, ...POINT];

function parkedFigure(state: CloserState, classifier: string): TemplateResult {
  const layer = layers(state, (report) => {
    const parked = report.closer?.[classifier]?.parked;
    const hot = report.sweeps?.[classifier];
    return parked && hot ? { hot: hot.points, parked: parked.points } : null;
  });
  if (!layer) return invitation(state, 'parked', classifier);
  return figure({
    ...{
      id: `parked-${classifier}`,
      title: parkedTitle(classifier, layer.own),
      source: layer.source,
      name: classifier,
    },
    ...{ data: layer.own, draw: parkedTimes, height: 300, caption: `${classifier}: threads, awake and asleep` },
    ...{ columns: PARKED, rows: poolPoints(layer.own) },
  });
}

const MAP: Column<MapCell>[] = [
  { head: 'rows', number: true, cell: (cell) => count(cell.n_rows), key: 'n_rows', raw: (cell) => cell.n_rows },
  {
    head: 'threads',
    number: true,
    cell: (cell) => (cell.n_threads === 1 ? 'serial' : count(cell.n_threads)),
    key: 'n_threads',
    raw: (cell) => cell.n_threads,
  },
  { head: 'time', number: true, cell: (cell) => duration(cell.ms), key: 'median_ms', raw: (cell) => cell.ms },
  {
    head: 'times as fast as serial',
    number: true,
    cell: (cell) => digits(cell.gain),
    key: 'gain',
    raw: (cell) => cell.gain,
  },
  { head: 'enough', cell: (cell) => (cell.isBest ? 'yes' : ''), key: 'enough', raw: (cell) => Number(cell.isBest) },
];

function countsFigure(state: CloserState, classifier: string): TemplateResult {
  const layer = layers(state, (report) => {
    const points = report.closer?.[classifier]?.thread_counts;
    return points && report.environment ? { points, n_cores: report.environment.hardware_concurrency } : null;
  });
  if (!layer) return invitation(state, 'thread_counts', classifier);
  return html`${figure({
    ...{ id: `threads-${classifier}`, title: mapTitle(classifier, layer.own), source: layer.source, name: classifier },
    ...{ data: layer.own, draw: threadMap, height: mapHeight(layer.own) },
    ...{ caption: `${classifier}: by batch size and number of threads`, columns: MAP, rows: cellsOf(layer.own) },
  })}
    <p class="lead">
      Times as fast as serial. Framed: at each size the fewest threads that are no more than 5 % slower than the fastest.
      Faint: times that scatter by more than a tenth.
    </p>`;
}

const INVITATIONS: Record<Look, { heading: string; words: string; button: string }> = {
  parked: {
    heading: 'Awake or asleep?',
    words: 'The sweep calls back to back, with threads that are awake. After a pause a caller finds them asleep.',
    button: 'Measure a sleeping pool',
  },
  thread_counts: {
    heading: 'How many threads?',
    words: '',
    button: 'Measure up to 4 × the cores',
  },
};

/** What could be measured, in the place where it will stand. */
function invitation(state: CloserState, look: Look, classifier: string): TemplateResult {
  const { heading, words, button } = INVITATIONS[look];
  const cores = state.own?.environment?.hardware_concurrency ?? 0;
  const threads =
    cores > 0
      ? `Each batch size on ${list(threadCounts(cores).map(String))} threads, up to four times this machine’s ${cores} cores.`
      : 'Each batch size on few threads and on many, up to four times as many as there are cores.';
  const mine = state.looking?.look === look ? state.looking : null;
  return html`<div class="invitation" data-testid="invitation-${look}">
    <h3>${heading}</h3>
    <p>${words || threads} Takes some seconds${state.ready || mine ? '' : ', after a run in threads'}.</p>
    <button type="button" data-testid="measure-${look}" ?disabled=${!state.ready} @click=${() => state.onLook(look, classifier)}>
      ${button}
    </button>
    ${mine ? html`<progress max="1" .value=${mine.part} aria-label=${button}></progress>` : nothing}
  </div>`;
}
