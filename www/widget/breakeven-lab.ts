/**
 * <breakeven-lab>: the whole experiment as a custom element.
 *
 * Attribute `experiment`: the experiment as JSON, what is left out as in the notebook. Attribute `tier`.
 * Events, all bubbling and composed: breakeven-settings (detail: Settings), breakeven-progress, breakeven-result
 * (detail: the report), breakeven-error (detail: the BreakevenError).
 */
import { html, LitElement, nothing } from 'lit';
import { BreakevenError } from '../api/error.js';
import type { Environment, Experiment } from '../api/types.js';
import { settingOf } from '../experiment/check.js';
import { type ExperimentReport, sweepsCsv, toJson, trainingCsv } from '../experiment/report.js';
import { runExperiment } from '../experiment/run.js';
import type { Settings, TierChoice } from '../experiment/url.js';
import './chart.js';
import { controlsView, fieldId, hasField } from './controls.js';
import { download } from './download.js';
import { environmentView } from './environment.js';
import { inferenceView } from './inference.js';
import { type Progress, progressView, type RunState } from './progress.js';
import { Session } from './session.js';
import { isShaped, problemOf } from './settings.js';
import { styles } from './styles/index.js';
import { sweepView } from './sweep.js';
import { trainingView } from './training.js';

/** A cancelled run that has not ended after this long loses its engine: the next run must not wait for it. */
const PATIENCE_MS = 500;

const EXPERIMENT = {
  fromAttribute(text: string | null): unknown {
    if (text === null || text.trim() === '') return {};
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  },
};

export class BreakevenLab extends LitElement {
  static override styles = styles;
  static override properties = {
    experiment: { converter: EXPERIMENT },
    tier: {},
    state: { state: true },
    progress: { state: true },
    report: { state: true },
    environment: { state: true },
    error: { state: true },
  };

  declare experiment: Experiment;
  declare tier: TierChoice;
  declare state: RunState;
  declare progress: Progress | null;
  declare report: Partial<ExperimentReport> | null;
  declare environment: Environment | null;
  declare error: BreakevenError | null;

  readonly #session = new Session();
  readonly #files = new Map<string, Uint8Array>();
  #abort: AbortController | null = null;
  #ending: Promise<unknown> = Promise.resolve();
  #visible: IntersectionObserver | null = null;

  constructor() {
    super();
    this.experiment = {};
    this.tier = 'auto';
    this.state = 'idle';
    this.progress = null;
    this.report = null;
    this.environment = null;
    this.error = null;
  }

  /** The engine starts when the element comes into view. */
  override connectedCallback() {
    super.connectedCallback();
    this.#visible = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.#visible?.disconnect();
      void this.#open().catch((error) => this.#fail(error));
    });
    this.#visible.observe(this);
  }

  override disconnectedCallback() {
    this.#visible?.disconnect();
    this.#visible = null;
    this.cancel();
    this.environment = null;
    void this.#session.close();
    super.disconnectedCallback();
  }

  /** Starts the experiment; a run that is under way goes on. */
  async run(): Promise<void> {
    if (this.#abort) return;
    const problem = problemOf(this.experiment);
    if (problem) return this.#fail(problem);
    const abort = new AbortController();
    this.#abort = abort;
    this.error = null;
    this.report = null;
    this.progress = null;
    this.#files.clear();
    this.state = 'opening';
    this.#passFocus('run', 'cancel');
    const running = this.#execute(abort.signal);
    this.#ending = running.catch(() => undefined);
    try {
      const report = await running;
      if (this.#abort !== abort) return;
      this.state = 'done';
      this.#emit('breakeven-result', report);
    } catch (error) {
      if (this.#abort === abort) this.#fail(error);
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.#passFocus('cancel', 'run');
      }
    }
  }

  /** Ends the run for the visitor at once; the engine follows when it has noticed. */
  cancel(): void {
    const abort = this.#abort;
    if (!abort) return;
    this.#abort = null;
    this.state = 'cancelled';
    this.progress = null;
    abort.abort();
    this.#passFocus('cancel', 'run');
    const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), PATIENCE_MS));
    const ending = this.#ending;
    this.#ending = Promise.race([ending, late]).then((how) => (how === 'late' ? this.#session.close() : undefined));
  }

  async #execute(signal: AbortSignal): Promise<ExperimentReport> {
    await this.#ending;
    const engine = await this.#open();
    if (signal.aborted) throw new BreakevenError('aborted', 'The experiment was cancelled.');
    this.state = 'running';
    const mine = () => this.#abort?.signal === signal;
    return runExperiment(engine, this.experiment, {
      signal,
      onProgress: (progress) => {
        if (!mine()) return;
        this.progress = progress;
        this.#emit('breakeven-progress', progress);
      },
      onPart: (part) => {
        if (mine()) this.report = part;
      },
      onModel: (classifier, file) => {
        if (mine()) this.#files.set(classifier, file);
      },
    });
  }

  async #open() {
    const engine = await this.#session.open({ n_threads: this.experiment.n_threads, tier: this.tier });
    if (this.isConnected) this.environment = engine.environment;
    return engine;
  }

  #fail(reason: unknown): void {
    const known = reason instanceof BreakevenError;
    const text = reason instanceof Error ? reason.message : String(reason);
    this.error = known ? reason : new BreakevenError('worker_failed', text);
    this.state = 'failed';
    this.#emit('breakeven-error', this.error);
    const path = settingOf(this.error.message);
    if (path)
      void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#${fieldId(path)}`)?.focus());
  }

  /** The button that has the focus is about to be disabled: the other one takes it, or the keyboard would be lost. */
  #passFocus(from: string, to: string): void {
    const button = (id: string) => this.renderRoot.querySelector<HTMLElement>(`[data-testid='${id}']`);
    const has = this.shadowRoot?.activeElement;
    if (!has || has !== button(from)) return;
    void this.updateComplete.then(() => button(to)?.focus());
  }

  #change({ experiment, tier }: Settings): void {
    this.experiment = experiment;
    this.tier = tier;
    if (this.error?.code === 'invalid_param') this.error = null;
    if (this.state === 'failed') this.state = 'idle';
    this.#emit('breakeven-settings', { experiment, tier });
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  override render() {
    const busy = this.state === 'opening' || this.state === 'running';
    const problem = problemOf(this.experiment);
    return html`
      ${environmentView(this.environment, this.state === 'opening')}
      ${controlsView({
        settings: { experiment: isShaped(this.experiment) ? this.experiment : {}, tier: this.tier },
        problem,
        running: busy,
        machine_threads: globalThis.navigator?.hardwareConcurrency ?? 1,
        onChange: (settings) => this.#change(settings),
        onRun: () => void this.run(),
        onCancel: () => this.cancel(),
      })}
      ${progressView(this.state, this.progress)} ${errorView(this.error ?? (hasField(problem) ? null : problem))}
      <div class="results" data-testid="results" aria-busy=${busy}>${this.report ? this.#results(this.report) : nothing}</div>
    `;
  }

  /** In the order in which they come, so that nothing moves what is being read; the verdict has its place kept. */
  #results({ training = [], inference = [], sweeps = {}, verdict = '', notes = [] }: Partial<ExperimentReport>) {
    return html`
      ${verdictView(verdict, this.state)} ${training.length > 0 ? trainingView(training, this.#files) : nothing}
      ${inference.length > 0 ? inferenceView(inference) : nothing}
      ${Object.keys(sweeps).length > 0 ? sweepView(sweeps) : nothing} ${notesView(notes)}
      ${this.state === 'done' ? this.#downloads() : nothing}
    `;
  }

  #downloads() {
    const report = this.report as ExperimentReport;
    const button = (id: string, words: string, name: string, type: string, content: () => string) =>
      html`<button type="button" data-testid=${id} @click=${() => download(name, type, content())}>${words}</button>`;
    return html`<p class="downloads">
      ${button('download-report', 'Report as JSON', 'breakeven-report.json', 'application/json', () => toJson(report))}
      ${button('download-training-csv', 'Training as CSV', 'training.csv', 'text/csv', () => trainingCsv(report.training))}
      ${button('download-sweeps-csv', 'Points as CSV', 'sweeps.csv', 'text/csv', () => sweepsCsv(report.sweeps))}
    </p>`;
  }
}

function errorView(error: BreakevenError | null) {
  return html`<div role="alert" data-testid="error" data-code=${error?.code ?? nothing}>
    ${error ? html`<div class="failure"><strong>It did not work.</strong> ${error.message} <code>${error.code}</code></div>` : nothing}
  </div>`;
}

function verdictView(verdict: string, state: RunState) {
  if (verdict) return html`<p class="verdict" data-testid="verdict">${verdict}</p>`;
  return state === 'running'
    ? html`<p class="verdict pending">The answer will stand here when every batch size has been measured.</p>`
    : nothing;
}

function notesView(notes: readonly string[]) {
  if (notes.length === 0) return nothing;
  return html`<section aria-labelledby="notes-heading" data-testid="notes">
    <h2 id="notes-heading">What to know about these numbers</h2>
    <ul class="notes">
      ${notes.map((note) => html`<li>${note}</li>`)}
    </ul>
  </section>`;
}

if (!customElements.get('breakeven-lab')) customElements.define('breakeven-lab', BreakevenLab);
