/**
 * <breakeven-face>: all that <breakeven-lab> shows once it has been seen or told to run. It lives in the shadow root of
 * its host, reads the host's attributes (attributes.ts), and speaks through events of the host.
 */
import { adoptStyles, html, LitElement, nothing } from 'lit';
import { BreakevenError } from '../api/error.js';
import type { Environment, Experiment } from '../api/types.js';
import { settingOf } from '../experiment/check.js';
import { type ExperimentReport, sweepsCsv, toJson, trainingCsv } from '../experiment/report.js';
import { runExperiment } from '../experiment/run.js';
import type { Settings, TierChoice } from '../experiment/url.js';
import { type Autostart, isAttribute, read } from './attributes.js';
import './chart.js';
import { controlsView, fieldId, hasField } from './controls.js';
import { download } from './download.js';
import './embed-dialog.js';
import { environmentView } from './environment.js';
import { inferenceView } from './inference.js';
import { type Part, partsOf } from './parts.js';
import { progressView } from './progress.js';
import type { Progress, RunState } from './run-state.js';
import { session } from './session.js';
import { isShaped, problemOf } from './settings.js';
import { styles } from './styles/index.js';
import { sweepView } from './sweep.js';
import { trainingView } from './training.js';

const BUSY: readonly RunState[] = ['waiting', 'opening', 'running'];
/** These change what is shown; every other attribute is a setting. */
const LOOKS = ['view', 'hide', 'autostart'];

export class BreakevenFace extends LitElement {
  static override properties = {
    experiment: { attribute: false },
    tier: { attribute: false },
    state: { state: true },
    progress: { state: true },
    report: { state: true },
    environment: { state: true },
    error: { state: true },
    refused: { state: true },
    parts: { state: true },
  };

  declare experiment: Experiment;
  declare tier: TierChoice;
  declare state: RunState;
  declare progress: Progress | null;
  /** What is known so far. */
  declare report: Partial<ExperimentReport> | null;
  declare environment: Environment | null;
  declare error: BreakevenError | null;
  /** Why the host's attributes cannot be read. */
  declare refused: BreakevenError | null;
  declare parts: Set<Part>;

  readonly #files = new Map<string, Uint8Array>();
  #abort: AbortController | null = null;
  #autostart: Autostart = 'never';
  #attributes: MutationObserver | null = null;
  #visible: IntersectionObserver | null = null;
  #joined = false;

  constructor() {
    super();
    this.experiment = {};
    this.tier = 'auto';
    this.state = 'idle';
    this.progress = null;
    this.report = null;
    this.environment = null;
    this.error = null;
    this.refused = null;
    this.parts = partsOf(null, null);
  }

  /** The element that an author wrote; this one itself where it stands alone. */
  get host(): HTMLElement {
    const root = this.getRootNode();
    return root instanceof ShadowRoot ? (root.host as HTMLElement) : this;
  }

  /** The report of the last run, when it is whole. */
  get whole(): ExperimentReport | null {
    return this.state === 'done' ? (this.report as ExperimentReport) : null;
  }

  /** In the host's shadow root, whose sheet is this one's. */
  override createRenderRoot() {
    const root = this.getRootNode();
    if (root instanceof ShadowRoot) adoptStyles(root, styles);
    return this;
  }

  override connectedCallback() {
    super.connectedCallback();
    // Moved within the page: what runs goes on.
    if (this.#joined) return;
    this.#joined = true;
    session.join(this);
    this.#follow();
    this.#attributes = new MutationObserver((records) => {
      const names = records.map(({ attributeName }) => attributeName ?? '').filter(isAttribute);
      if (names.length > 0) this.#follow(names);
    });
    this.#attributes.observe(this.host, { attributes: true });
    this.#visible = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.#seen();
    });
    this.#visible.observe(this.host);
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    queueMicrotask(() => {
      if (this.isConnected || !this.#joined) return;
      this.#joined = false;
      this.#attributes?.disconnect();
      this.#visible?.disconnect();
      this.cancel();
      session.leave(this);
    });
  }

  /** Reads the host's attributes: all of them, or after some have changed. */
  #follow(changed?: readonly string[]): void {
    try {
      const { settings, parts, autostart } = read(this.host);
      this.parts = parts;
      this.#autostart = autostart;
      if (!changed || changed.some((name) => !LOOKS.includes(name))) {
        this.experiment = settings.experiment;
        this.tier = settings.tier;
      }
      this.refused = null;
    } catch (error) {
      if (!(error instanceof BreakevenError)) throw error;
      this.refused = error;
    }
    if (changed?.includes('autostart')) this.#restartWatch();
  }

  #restartWatch(): void {
    this.#visible?.unobserve(this.host);
    this.#visible?.observe(this.host);
  }

  /** The host has come into view. */
  #seen(): void {
    if (this.#autostart === 'visible' && this.state === 'idle') void this.run();
    if (this.#autostart === 'engine' && this.environment === null) void this.#warmUp();
  }

  /** Starts what the host's attributes say is to start without being seen. */
  begin(): void {
    if (this.#autostart === 'load') void this.run();
  }

  /** Starts the engine and no run, unless another widget is using one. */
  async #warmUp(): Promise<void> {
    if (session.busy) return;
    try {
      await session.inTurn(new AbortController().signal, () => this.#open());
    } catch (error) {
      if (this.#joined && !this.#abort) this.#fail(error);
    }
  }

  /** Starts the experiment; a run that is under way goes on. */
  async run(): Promise<void> {
    if (this.#abort) return;
    const problem = this.refused ?? problemOf(this.experiment);
    if (problem) return this.#fail(problem);
    const abort = new AbortController();
    this.#abort = abort;
    this.error = null;
    this.report = null;
    this.progress = null;
    this.#files.clear();
    this.state = session.busy ? 'waiting' : 'opening';
    this.#passFocus('run', 'cancel');
    try {
      const report = await session.inTurn(abort.signal, () => this.#measure(abort.signal));
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
  }

  async #measure(signal: AbortSignal): Promise<ExperimentReport> {
    if (this.#abort?.signal === signal) this.state = 'opening';
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
    const engine = await session.open({ n_threads: this.experiment.n_threads, tier: this.tier });
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
    const has = (this.getRootNode() as Document | ShadowRoot).activeElement;
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
    this.host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  override render() {
    const busy = BUSY.includes(this.state);
    const problem = this.refused ?? problemOf(this.experiment);
    const settings = { experiment: isShaped(this.experiment) ? this.experiment : {}, tier: this.tier };
    return html`
      ${environmentView({
        environment: this.environment,
        opening: this.state === 'opening',
        whole: this.parts.has('environment'),
        settings,
      })}
      ${controlsView({
        settings,
        problem,
        parts: this.parts,
        running: busy,
        machine_threads: globalThis.navigator?.hardwareConcurrency ?? 1,
        onChange: (settings) => this.#change(settings),
        onRun: () => void this.run(),
        onCancel: () => this.cancel(),
      })}
      ${progressView(this.state, this.progress)} ${errorView(this.error ?? (hasField(problem, this.parts) ? null : problem))}
      ${this.report || busy ? nothing : html`<slot></slot>`}
      <div class="results" data-testid="results" aria-busy=${busy}>${this.report ? this.#results(this.report) : nothing}</div>
      ${
        this.parts.has('embed')
          ? html`<breakeven-embed .settings=${settings} .host=${this.host}></breakeven-embed>`
          : nothing
      }
    `;
  }

  /** In the order in which they come, so that nothing moves what is being read; the verdict has its place kept. */
  #results({ training = [], inference = [], sweeps = {}, verdict = '', notes = [] }: Partial<ExperimentReport>) {
    const has = (part: Part, there: boolean) => there && this.parts.has(part);
    return html`
      ${has('verdict', true) ? verdictView(verdict, this.state) : nothing}
      ${has('training', training.length > 0) ? trainingView(training, this.#files) : nothing}
      ${has('inference', inference.length > 0) ? inferenceView(inference) : nothing}
      ${has('sweep', Object.keys(sweeps).length > 0) ? sweepView(sweeps) : nothing}
      ${has('notes', true) ? notesView(notes) : nothing}
      ${has('downloads', this.state === 'done') ? this.#downloads() : nothing}
    `;
  }

  #downloads() {
    const report = this.whole as ExperimentReport;
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

if (!customElements.get('breakeven-face')) customElements.define('breakeven-face', BreakevenFace);

/** Puts a face into the shadow root of an element, with what was set on that before. */
export function mount(root: ShadowRoot, early: Partial<Settings>): BreakevenFace {
  const face = document.createElement('breakeven-face') as BreakevenFace;
  root.replaceChildren(face);
  Object.assign(face, early);
  face.begin();
  return face;
}
