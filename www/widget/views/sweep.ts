/** The sweep over batch sizes: a chart a classifier, what is gained, and the break-evens. */
import { html, nothing, type TemplateResult } from 'lit';
import type { BreakEven, MeasurePoint, MeasureReport, Strategy } from '../../api/types.js';
import {
  type Speedup,
  type SpeedupData,
  speedupHeight,
  speedupLines,
  speedups,
  speedupTitle,
} from '../../charts/speedup.js';
import { sweepHeight, sweepTimes } from '../../charts/sweep.js';
import { count, digits, duration } from '../../experiment/format.js';
import { spreadOf } from '../../experiment/report.js';
import {
  aboutOf,
  asyncSentence,
  breakEvenSentence,
  flagWords,
  intervalWords,
  isWide,
  sweepSentence,
} from '../../experiment/words.js';
import { figure } from '../figure/figure.js';
import { type Column, table } from '../figure/table.js';
import { behindWords, choice, type Layers, layers, type Shown, section } from './sections.js';

export interface SweepState extends Shown {
  strategy: Strategy;
  onStrategy: (strategy: Strategy) => void;
}

type Sweeps = Record<string, MeasureReport>;

export const POINT: Column<MeasurePoint>[] = [
  { head: 'strategy', cell: (p) => p.strategy },
  { head: 'rows', number: true, cell: (p) => count(p.n_rows), key: 'n_rows', raw: (p) => p.n_rows },
  { head: 'threads', number: true, cell: (p) => p.n_threads, key: 'n_threads' },
  { head: 'median', number: true, cell: (p) => duration(p.median_ms), key: 'median_ms', raw: (p) => p.median_ms },
  {
    head: '95 % interval',
    number: true,
    cell: (p) => orDash(spreadOf(p).ci95_ms, interval),
    key: 'ci95_low_ms',
    raw: (p) => spreadOf(p).ci95_ms?.[0] ?? '',
  },
  { head: '', fileOnly: true, cell: (p) => spreadOf(p).ci95_ms?.[1] ?? '', key: 'ci95_high_ms' },
  {
    head: 'between rounds',
    number: true,
    cell: (p) => orDash(spreadOf(p).between_rounds, (share) => `±${digits(100 * share)} %`),
    key: 'between_rounds',
    raw: (p) => spreadOf(p).between_rounds ?? '',
  },
  {
    head: '19 in 20 within',
    number: true,
    cell: (p) => orDash(spreadOf(p).p95_ms, duration),
    key: 'p95_ms',
    raw: (p) => spreadOf(p).p95_ms ?? '',
  },
  { head: 'rows/s', number: true, cell: (p) => count(p.rows_per_s), key: 'rows_per_s', raw: (p) => p.rows_per_s },
  {
    head: 'busy / wall',
    number: true,
    cell: (p) => digits(p.busy_per_wall),
    key: 'busy_per_wall',
    raw: (p) => p.busy_per_wall,
  },
  { head: 'rounds', number: true, cell: (p) => count(p.n_rounds), key: 'n_rounds', raw: (p) => p.n_rounds },
  { head: 'samples', number: true, cell: (p) => count(p.n_samples), key: 'n_samples', raw: (p) => p.n_samples },
  { head: 'equal to serial', cell: (p) => (p.equal_to_serial ? 'yes' : 'NO') },
  { head: 'remarks', cell: (p) => p.flags.map(flagWords).join('; '), raw: (p) => p.flags.join(' ') },
];

/** What so few samples cannot tell is not told. */
function orDash<T>(known: T | null, said: (known: T) => string): string {
  return known === null ? '–' : said(known);
}

interface Found extends BreakEven {
  classifier: string;
  interval: string;
  words: string;
}

const BREAK_EVEN: Column<Found>[] = [
  { head: 'classifier', cell: (found) => found.classifier },
  { head: 'strategy', cell: (found) => found.strategy },
  { head: 'pays from', number: true, cell: (found) => (isWide(found) ? '–' : rowsOf(found.n_rows)) },
  { head: '95 % interval', number: true, cell: (found) => found.interval || '–' },
  { head: 'up to', number: true, cell: (found) => rowsOf(found.to_rows) },
  { head: 'in words', words: true, cell: (found) => found.words },
];

const SPEEDUP: Column<Speedup>[] = [
  { head: 'classifier', cell: (p) => p.classifier },
  { head: 'rows', number: true, cell: (p) => count(p.n_rows), key: 'n_rows', raw: (p) => p.n_rows },
  { head: 'times as fast', number: true, cell: (p) => digits(p.speedup), key: 'speedup', raw: (p) => p.speedup },
  { head: 'at least', number: true, cell: (p) => digits(p.low), key: 'low', raw: (p) => p.low },
  { head: 'at most', number: true, cell: (p) => digits(p.high), key: 'high', raw: (p) => p.high },
];

const LEAD =
  'The median time of one call over the rows in the batch, both logarithmic, with its 95 % interval between rounds. ' +
  'Where the upright line stands, in the shade of its interval, a strategy becomes faster than serial.';

/** The visitor's sweep of each classifier, or somebody else's where there is none yet. */
function perClassifier(state: SweepState): [string, Layers<MeasureReport>][] {
  const names = new Set([
    ...Object.keys(state.reference?.report.sweeps ?? {}),
    ...Object.keys(state.own?.sweeps ?? {}),
  ]);
  const wanted = state.own?.experiment?.sweep.models;
  return [...names]
    .filter((name) => wanted?.includes(name) ?? true)
    .flatMap((name) => {
      const layer = layers(state, (report) => report.sweeps?.[name]);
      return layer ? [[name, layer] as [string, Layers<MeasureReport>]] : [];
    });
}

export function sweepView(state: SweepState, bare: boolean): TemplateResult | typeof nothing {
  const entries = perClassifier(state);
  if (entries.length === 0) return nothing;
  const found = entries.flatMap(([classifier, { own }]) =>
    own.break_even.map((one) => {
      const about = aboutOf(own, one.strategy);
      const interval = intervalWords(one, about.sizes ?? [], count);
      return { ...one, classifier, interval, words: breakEvenSentence(one, about) };
    }),
  );
  const handing = asyncSentence(Object.fromEntries(entries.map(([name, { own }]) => [name, own])));
  const first = entries[0]?.[1];
  return section(
    { part: 'sweep', heading: 'From which batch size does parallel prediction pay?', lead: LEAD, bare },
    html`<div class="multiples">${entries.map(([name, layer]) => timesFigure(name, layer))}</div>
      ${first ? behindWords(state, entries.find(([, { behind }]) => behind)?.[1] ?? first) : nothing}
      ${found.length > 0 ? table('break-even-table', 'Break-evens against serial', BREAK_EVEN, found) : nothing}
      ${handing ? html`<p class="lead" data-testid="async-cost">${handing}</p>` : nothing}
      ${speedupFigure(state, entries)}`,
  );
}

function timesFigure(classifier: string, { own, behind, source }: Layers<MeasureReport>): TemplateResult {
  return html`<div class="model" data-testid="sweep-${classifier}">
    ${figure({
      ...{ id: `sweep-${classifier}`, title: sweepSentence(classifier, own), source, name: classifier },
      ...{ data: { own, behind }, draw: sweepTimes, height: sweepHeight, tableId: `points-table-${classifier}` },
      ...{ caption: `${classifier}: every point`, columns: POINT, rows: own.points },
    })}
  </div>`;
}

function speedupFigure(state: SweepState, entries: [string, Layers<MeasureReport>][]): TemplateResult | typeof nothing {
  const strategies = new Set(entries.flatMap(([, { own }]) => own.points.map((point) => point.strategy)));
  strategies.delete('serial');
  const [first] = strategies;
  if (!first) return nothing;
  const strategy = strategies.has(state.strategy) ? state.strategy : first;
  // What is alone because the visitor's is not there yet lies behind, too.
  const mine = (layer: Layers<MeasureReport>) => (layer.source === null ? layer.own : null);
  const theirs = (layer: Layers<MeasureReport>) => (layer.source === null ? layer.behind : layer.own);
  const of = (side: typeof mine): Sweeps =>
    Object.fromEntries(
      entries.flatMap(([name, layer]) => Object.entries({ [name]: side(layer) }).filter(([, sweep]) => sweep)),
    ) as Sweeps;
  const data: SpeedupData = { own: speedups(of(mine), strategy), behind: speedups(of(theirs), strategy) };
  const source = data.own.length === 0 ? (entries[0]?.[1].source ?? null) : null;
  return html`<div class="speedup">
    ${choice(
      'speedup',
      'Serial against',
      strategy,
      [...strategies].map((name) => [name, name] as const),
      (value) => state.onStrategy(value as Strategy),
    )}
    ${figure({
      ...{ id: 'speedup', title: speedupTitle(strategy, data), source, name: strategy, data, draw: speedupLines },
      ...{ height: speedupHeight, caption: `Serial time over ${strategy} time`, columns: SPEEDUP },
      rows: data.own.length > 0 ? data.own : data.behind,
    })}
  </div>`;
}

function interval([low, high]: readonly [number, number]): string {
  return `${duration(low)} – ${duration(high)}`;
}

function rowsOf(n_rows: number | null): string {
  return n_rows ? `${count(n_rows)} rows` : '–';
}
