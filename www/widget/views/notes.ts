/** How this run was measured: clock, samples, seeds, reservations. */
import { html, nothing, type TemplateResult } from 'lit';
import { count, counted, duration } from '../../experiment/format.js';
import { machineWords, referenceWords } from '../../experiment/reference.js';
import { capacityOf, type ExperimentReport } from '../../experiment/report.js';
import { coresWords, flagWords, handOverWords } from '../../experiment/words.js';
import { type Shown, section } from './sections.js';

export function notesView(shown: Shown, bare: boolean): TemplateResult | typeof nothing {
  const { own, reference } = shown;
  const report = own?.environment ? own : reference?.report;
  if (!report?.environment) return nothing;
  const source = own?.environment || !reference ? machineWords(report as ExperimentReport) : referenceWords(reference);
  const notes = [...(report.table_notes ?? []), ...(report.notes ?? [])];
  const reserved = reservations(report).map(([words, n]) => `${words}, ${counted(n, 'point')}`);
  return section(
    { part: 'notes', heading: 'How this run was measured', bare },
    html`<p class="sizes">${source}</p>
      <dl class="facts">
        ${facts(report).map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${reserved.length > 0 ? html`<p class="sizes">Reservations: ${reserved.join('; ')}.</p>` : nothing}
      ${
        notes.length > 0
          ? html`<ul class="notes">
              ${notes.map((note) => html`<li>${note}</li>`)}
            </ul>`
          : nothing
      }`,
  );
}

function facts({
  environment,
  experiment,
  sweeps = {},
  total_ms = Number.NaN,
}: Partial<ExperimentReport>): [string, string][] {
  const points = Object.values(sweeps).flatMap((sweep) => sweep.points);
  const samples = points.reduce((sum, point) => sum + point.n_samples, 0);
  const of = Object.values(sweeps);
  const [rounds, loads] = [most(of.map(({ n_rounds }) => n_rounds)), most(of.map(({ n_loads }) => n_loads))];
  const capacity = capacityOf(sweeps);
  const seeds = experiment
    ? [seedOf(experiment.data), experiment.split.random_state, experiment.inference.random_state]
    : [];
  const known: [string, string | null][] = [
    ['tier', environment ? environment.tier : null],
    ['clock steps of', environment ? duration(environment.timer_resolution_ms) : null],
    [
      'started in',
      environment ? duration(environment.startup_ms.fetch_and_compile + environment.startup_ms.start_pool) : null,
    ],
    ['points', points.length > 0 ? count(points.length) : null],
    ['samples', points.length > 0 ? count(samples) : null],
    ['rounds', rounds ? count(rounds) : null],
    ['starts of the engine', loads ? count(loads) : null],
    ['cores at once', capacity && `${coresWords(capacity)}, ${capacity.worst_cores.toFixed(2)} at worst`],
    ['rounds with fewer cores', capacity && `${count(capacity.n_disturbed)} of ${count(capacity.n_rounds)}`],
    ['handing work over', capacity && handOverWords(capacity)],
    ['seeds', seeds.length > 0 ? seeds.map((seed) => seed ?? '–').join(', ') : null],
    ['took', Number.isFinite(total_ms) ? duration(total_ms) : null],
  ];
  return known.filter((fact): fact is [string, string] => fact[1] !== null);
}

function most(values: readonly number[]): number {
  return Math.max(0, ...values.filter(Number.isFinite));
}

/** How many points have which reservation. */
function reservations({ sweeps = {} }: Partial<ExperimentReport>): [string, number][] {
  const flags = Object.values(sweeps).flatMap(({ points }) => points.flatMap((point) => point.flags));
  return [...new Set(flags)].map((flag) => [flagWords(flag), flags.filter((other) => other === flag).length]);
}

function seedOf(data: ExperimentReport['experiment']['data']): number | undefined {
  return 'random_state' in data ? data.random_state : undefined;
}
