/**
 * <breakeven-face>: all that <breakeven-lab> shows once it has been seen or told to run. It lives in the shadow root of
 * its host, reads the host's attributes (attributes.ts), and speaks through events of the host.
 */
import { html, LitElement, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { BreakevenError } from '../api/error.js';
import { siteHome } from '../api/files.js';
import type { Environment, Experiment } from '../api/types.js';
import { settingOf } from '../experiment/check.js';
import { checkReference, checkReport, MAX_REPORT_LENGTH } from '../experiment/check-report.js';
import { type CompleteExperiment, complete } from '../experiment/config.js';
import { leanExperiment } from '../experiment/lean.js';
import { withoutTable } from '../experiment/own-table.js';
import { type Preview, preview } from '../experiment/preview.js';
import type { ExperimentProgress } from '../experiment/progress.js';
import type { Reference } from '../experiment/reference.js';
import { capacityOf, type ExperimentReport } from '../experiment/report.js';
import { toResults } from '../experiment/results.js';
import { type ExperimentRun, runExperiment } from '../experiment/run.js';
import { type Settings, type TierChoice, toAddress } from '../experiment/url.js';
import { endedWords } from '../experiment/words.js';
import { answerView, classifierOf } from './answer.js';
import { type Autostart, isAttribute, read } from './attributes.js';
import { baselineView } from './baseline.js';
import { hold } from './chart.js';
import type { Look } from './closer.js';
import { asLabelled, controlsView, fieldId, hasField } from './controls.js';
import { copy } from './copy.js';
import './embed-dialog.js';
import { dress } from './dress.js';
import { environmentView } from './environment.js';
import { Kept } from './kept.js';
import { lookCloser } from './look.js';
import { type Part, partsOf, RESULTS, type ResultPart } from './parts.js';
import { overall, progressView, within } from './progress.js';
import { type Choices, hasContent, partView } from './results.js';
import type { Progress, RunState } from './run-state.js';
import { session } from './session.js';
import { isShaped, problemOf } from './settings.js';
import { shareView } from './share.js';
import { styles } from './styles/index.js';
import { warmUp } from './warm-up.js';

const BUSY: readonly RunState[] = ['waiting', 'opening', 'running'];
/** These change what is shown; every other attribute is a setting. */
const LOOKS = ['view', 'hide', 'autostart'];
/** How long the settings have to rest before their data are shown. */
const PREVIEW_MS = 250;

/** Progress is shown no more often than this. */
const PROGRESS_MS = 100;
/** Who listens is told the verdict of a run under way no more often than this. */
const SPEAK_MS = 5000;

/** A run of the experiment, or one that goes on where the last one has ended: the button that it was started with. */
type Work = 'run' | 'measure-longer';

/** Something on the page that shows a part of this face's results elsewhere. */
export interface Follower {
  readonly shows: ResultPart;
  follow: () => void;
}

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
    refusedReference: { state: true },
    parts: { state: true },
    reference: { attribute: false },
    preview: { state: true },
    choices: { state: true },
    looking: { state: true },
    copied: { state: true },
    link: { state: true },
    withTable: { state: true },
    said: { state: true },
    spoken: { state: true },
    outcome: { state: true },
    open: { state: true },
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
  /** Why what a script gave as `reference` cannot be shown. */
  declare refusedReference: BreakevenError | null;
  declare parts: Set<Part>;
  /** Somebody else's results, checked, which this visitor's are laid over. */
  declare reference: Reference | null;
  declare preview: Preview | null;
  declare choices: Choices;
  /** What is measured besides the run, and how far it is. */
  declare looking: { look: Look; part: number } | null;
  /** What became of the last copy of code, of a link or of a file, in words. */
  declare copied: string;
  declare said: string;
  declare link: string | null;
  /** Whether a report that is saved holds a table of the visitor's own. */
  declare withTable: boolean;
  /** The verdict, for who listens. */
  declare spoken: string;
  /** How the last run has ended, in words, where there is more to say than that it has. */
  declare outcome: string | null;
  /** Whether the settings are unfolded. */
  declare open: boolean;

  readonly files = new Map<string, Uint8Array>();
  readonly #followers = new Set<Follower>();
  #previewed = '';
  #shownAt = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;
  readonly #kept = new Kept(() => this.requestUpdate());
  #abort: AbortController | null = null;
  #work: Work = 'run';
  /** Settles when the work under way has ended, or the last one if there is none. */
  #ended: Promise<void> = Promise.resolve();
  /** The last run's results, to be seen until the next one has an answer. */
  #last: Reference | null = null;
  /** Of what is measured besides the run. */
  #lookAbort: AbortController | null = null;
  #spokenAt = Number.NEGATIVE_INFINITY;
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
    this.refusedReference = null;
    this.parts = partsOf(null, null);
    this.reference = null;
    this.preview = null;
    this.choices = { axes: 'components', strategy: 'threads', classifier: '', answer: '' };
    this.looking = null;
    this.copied = '';
    this.said = '';
    this.link = null;
    this.withTable = false;
    this.spoken = '';
    this.outcome = null;
    this.open = false;
  }

  /** The element that an author wrote; this one itself where it stands alone. */
  get host(): HTMLElement {
    const root = this.getRootNode();
    return root instanceof ShadowRoot ? (root.host as HTMLElement) : this;
  }

  /** Tells of every change from now on; answers how to stop. */
  join(follower: Follower): () => void {
    this.#followers.add(follower);
    if (follower.shows === 'data') this.#previewSoon();
    return () => this.#followers.delete(follower);
  }

  choose(choices: Partial<Choices>): void {
    this.choices = { ...this.choices, ...choices };
  }

  /** The report of the last run, when it is whole. */
  get whole(): ExperimentReport | null {
    return this.state === 'done' ? (this.report as ExperimentReport) : null;
  }

  /** The same as whoever asks gets it: without a table of the visitor's own. */
  get told(): ExperimentReport | null {
    return this.whole && withoutTable(this.whole);
  }

  /** In the host's shadow root, whose sheet is this one's. */
  override createRenderRoot() {
    this.dress();
    return this;
  }

  /** Moved to another document it needs that one's sheets. */
  dress(): void {
    const root = this.getRootNode();
    if (root instanceof ShadowRoot) dress(root, styles);
  }

  override connectedCallback() {
    super.connectedCallback();
    // Moved within the page: what runs goes on.
    if (this.#joined) return;
    this.#joined = true;
    session.join(this);
    this.#followOnce();
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
      clearTimeout(this.#resting);
      this.#visible?.disconnect();
      this.cancel();
      hold(this, false);
      this.#kept.drop();
      session.leave(this);
    });
  }

  /** Follows the attributes from now on, out of the page, too: what a script has set since stays when it comes back. */
  #followOnce(): void {
    if (this.#attributes) return;
    this.#follow();
    this.#attributes = new MutationObserver((records) => {
      const names = records.map(({ attributeName }) => attributeName ?? '').filter(isAttribute);
      if (names.length > 0) this.#follow(names);
    });
    this.#attributes.observe(this.host, { attributes: true });
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
      await this.#showPreview();
      await session.inTurn(new AbortController().signal, async () => warmUp(await this.#open()));
    } catch (error) {
      if (this.#joined && !this.#abort) this.#fail(error);
    }
  }

  /** The data of the present settings, to look at, where an engine runs that has nothing else to do. */
  #previewSoon(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#showPreview(), PREVIEW_MS);
  }

  async #showPreview(): Promise<void> {
    const wanted = this.parts.has('data') || [...this.#followers].some(({ shows }) => shows === 'data');
    const problem = this.refused ?? problemOf(this.experiment);
    if (!this.#joined || !wanted || problem || this.environment === null || session.busy || BUSY.includes(this.state))
      return;
    const config = complete(this.experiment, this.environment);
    const key = keyOf(config);
    if (key === this.#previewed) return;
    this.#previewed = key;
    try {
      this.preview = await session.inTurn(new AbortController().signal, async () =>
        preview(await this.#open(), config),
      );
      this.choose({ axes: 'components' });
    } catch {
      // A run will say what is wrong with the data; a picture need not.
      this.preview = null;
    }
  }

  /** Whether more can be measured of the models of the last run. */
  get canLook(): boolean {
    return this.whole?.environment.tier === 'threads' && this.looking === null && this.files.size > 0;
  }

  /** Measures one classifier of the last run more closely; its report takes that in. */
  async look(look: Look, classifier: string): Promise<void> {
    const report = this.whole;
    const file = this.files.get(classifier);
    if (!report || !file || !this.canLook) return;
    const abort = new AbortController();
    this.#lookAbort = abort;
    this.looking = { look, part: 0 };
    this.error = null;
    this.#passFocus(`measure-${look}`, 'cancel');
    try {
      const closer = await lookCloser({ look, classifier, report, file, tier: this.tier }, abort.signal, (part) => {
        if (!abort.signal.aborted) this.looking = { look, part };
      });
      if (this.whole === report && !abort.signal.aborted) {
        const before = report.closer ?? {};
        this.report = { ...report, closer: { ...before, [classifier]: { ...before[classifier], ...closer } } };
        this.link = null;
      }
    } catch (error) {
      if (this.#joined && !abort.signal.aborted) this.#fail(error, 'done');
    } finally {
      if (this.#lookAbort === abort) this.#endLook();
    }
  }

  #endLook(): void {
    if (!this.#lookAbort) return;
    this.#passFocus('cancel', 'run');
    this.#lookAbort.abort();
    this.#lookAbort = null;
    this.looking = null;
  }

  async copy(words: string, shown: HTMLElement | null): Promise<void> {
    this.copied = '';
    this.copied = await copy(words, shown);
  }

  async #shareLink(report: ExperimentReport, home: string): Promise<void> {
    if (!('CompressionStream' in globalThis)) {
      this.said = 'A link takes CompressionStream, which this browser lacks: save the report as JSON.';
      return;
    }
    const hash = toAddress({ experiment: leanExperiment(report), tier: 'auto' });
    this.link = `${home}#${hash === '' ? '' : `${hash}&`}results=${await toResults(report)}`;
    await this.updateComplete;
    this.said = await copy(this.link, this.renderRoot.querySelector<HTMLElement>('#shared-link'));
  }

  /** Somebody else's results as a script gives them: whatever they are. */
  refer(given: unknown): void {
    try {
      this.#show(checkReference(given));
    } catch (error) {
      if (!(error instanceof BreakevenError)) throw error;
      this.#show(null);
      this.refusedReference = error;
    }
  }

  #show(reference: Reference | null): void {
    this.reference = reference;
    // What a run has said of the one before holds no more.
    if (this.refusedReference && this.error === this.refusedReference) {
      this.error = null;
      this.state = 'idle';
    }
    this.refusedReference = null;
  }

  /** Why there can be no run, or null. */
  get #problem(): BreakevenError | null {
    return this.refused ?? problemOf(this.experiment) ?? this.refusedReference;
  }

  async #readFile(file: File): Promise<void> {
    try {
      if (file.size > MAX_REPORT_LENGTH)
        throw new BreakevenError('invalid_param', 'The file is larger than any report.');
      this.#show({ report: checkReport(JSON.parse(await file.text())), from: 'file' });
      this.said = `${file.name} is shown.`;
    } catch (error) {
      this.said = error instanceof BreakevenError ? error.message : `${file.name} cannot be read as JSON.`;
    }
  }

  /** Starts the experiment, or goes on with what is under way; settles when that has ended. */
  run(): Promise<void> {
    if (!this.#abort) this.#ended = this.#start();
    return this.#ended;
  }

  async #start(): Promise<void> {
    const problem = this.#problem;
    if (problem) return this.#fail(problem);
    if (this.report?.verdict) this.#last = { report: this.report as ExperimentReport, from: 'last' };
    this.#endLook();
    this.report = null;
    this.spoken = '';
    this.#spokenAt = Number.NEGATIVE_INFINITY;
    this.files.clear();
    this.withTable = false;
    this.#kept.drop();
    await this.#do('run', (signal) => this.#measure(signal));
  }

  /** Goes on with the measurement of the last run, as long as its engine is there. */
  async goOn(): Promise<void> {
    const { measurement } = this.#kept;
    if (this.#abort || !measurement || !this.whole || this.looking) return;
    this.#ended = this.#do('measure-longer', async (signal) => {
      // Whoever had the turn before may have needed another engine.
      if (this.#kept.measurement !== measurement)
        throw new BreakevenError('disposed', 'The engine has been started anew since: run the experiment again.');
      if (this.#abort?.signal === signal) this.state = 'running';
      let outcome: string | null = null;
      const report = await measurement.goOn({
        ...this.#listening(signal),
        onEnded: (why) => {
          outcome = endedWords(why);
        },
      });
      if (this.#abort?.signal === signal) this.outcome = outcome;
      return report;
    });
    await this.#ended;
  }

  async #do(work: Work, job: (signal: AbortSignal) => Promise<ExperimentReport>): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#work = work;
    this.error = null;
    this.progress = null;
    this.link = null;
    this.said = '';
    this.outcome = null;
    this.state = session.busy ? 'waiting' : 'opening';
    this.#passFocus(work, 'cancel');
    try {
      const report = await session.inTurn(abort.signal, () => job(abort.signal));
      if (this.#abort !== abort) return;
      this.#take(report);
      this.spoken = report.verdict;
      this.state = 'done';
      this.#emit('breakeven-result', this.told);
    } catch (error) {
      const isGone = error instanceof BreakevenError && ['worker_failed', 'disposed'].includes(error.code);
      if (isGone) this.#kept.drop();
      // What the last run has found stays where going on has failed.
      if (this.#abort === abort) this.#fail(error, work === 'run' ? 'failed' : 'done');
    } finally {
      if (this.#abort === abort) {
        this.#abort = null;
        this.#passFocus('cancel', work);
      }
    }
  }

  /** Ends for the visitor at once what runs, or is measured besides; the engine follows when it has noticed. */
  cancel(): void {
    this.#endLook();
    const abort = this.#abort;
    if (!abort) return;
    this.#abort = null;
    this.state = this.#work === 'run' ? 'cancelled' : 'done';
    this.outcome = cancelledWords(this.#work, this.report);
    this.progress = null;
    abort.abort();
    this.#emit('breakeven-cancel', null);
    this.#passFocus('cancel', this.#work);
  }

  async #measure(signal: AbortSignal): Promise<ExperimentReport> {
    if (this.#abort?.signal === signal) this.state = 'opening';
    const engine = await this.#open();
    if (signal.aborted) throw new BreakevenError('aborted', 'The experiment was cancelled.');
    this.state = 'running';
    const mine = () => this.#abort?.signal === signal;
    return runExperiment(engine, this.experiment, {
      ...this.#listening(signal),
      // Kept here for the visitor, who may look closer, or save it; `told` and a link are without.
      with_table: true,
      onModel: (classifier, file) => {
        if (mine()) this.files.set(classifier, file);
      },
      onPreview: (rows) => {
        if (!mine()) return;
        this.preview = rows;
        this.#previewed = keyOf(complete(this.experiment));
      },
      onMeasurement: (kept) => {
        if (mine()) this.#kept.take(kept);
        else kept.free();
      },
    });
  }

  /** What a run tells, as long as it is this face's. */
  #listening(signal: AbortSignal): Pick<ExperimentRun, 'signal' | 'onProgress' | 'onPart'> {
    const mine = () => this.#abort?.signal === signal;
    return {
      signal,
      onProgress: (progress) => {
        if (!mine() || !this.#isTime(progress)) return;
        const part = this.#work === 'run' ? overall(progress) : within(progress);
        this.progress = { ...progress, part: Math.max(this.progress?.part ?? 0, part) };
        this.#emit('breakeven-progress', this.progress);
      },
      onPart: (part) => {
        if (mine()) this.#take(part);
      },
    };
  }

  #take(part: Partial<ExperimentReport>): void {
    // What was measured of single classifiers besides is no part of a run.
    const { closer } = this.report ?? {};
    this.report = closer ? { ...part, closer } : part;
    if (!part.verdict) return;
    // The lines that are looked at stay those of one classifier, whatever the next round says.
    const answer = classifierOf({ own: this.report, reference: this.reference }, this.choices.answer || this.#shown);
    if (answer !== this.choices.answer) this.choose({ answer });
    const now = performance.now();
    if (now - this.#spokenAt < SPEAK_MS) return;
    this.#spokenAt = now;
    this.spoken = part.verdict;
  }

  /** The classifier of somebody else's lines, before there are any of one's own. */
  get #shown(): string {
    return classifierOf({ own: null, reference: this.reference }, '');
  }

  /** Whether to show this: every step of a measurement would take the processor from what is measured. */
  #isTime({ stage, done, total }: ExperimentProgress): boolean {
    const now = performance.now();
    const same = stage === this.progress?.stage && done < total && done > 0;
    if (same && now - this.#shownAt < PROGRESS_MS) return false;
    this.#shownAt = now;
    return true;
  }

  async #open() {
    const engine = await session.open({ n_threads: this.experiment.n_threads, tier: this.tier });
    if (this.isConnected) this.environment = engine.environment;
    return engine;
  }

  #fail(reason: unknown, state: RunState = 'failed'): void {
    const known = reason instanceof BreakevenError;
    const text = reason instanceof Error ? reason.message : String(reason);
    this.error = known ? reason : new BreakevenError('worker_failed', text);
    this.state = state;
    // What stays of the last run is there, but nothing is done.
    this.outcome = state === 'done' ? '' : null;
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
    // It was about the settings of before.
    this.error = null;
    if (this.state === 'failed') this.state = 'idle';
    this.#emit('breakeven-settings', { experiment, tier });
  }

  /** A field that is wrong is shown. */
  override willUpdate(changed: Map<string, unknown>): void {
    if (!['experiment', 'refused', 'parts', 'error'].some((name) => changed.has(name))) return;
    if (hasField(this.error ?? this.refused ?? problemOf(this.experiment), this.parts)) this.open = true;
  }

  override updated(changed: Map<string, unknown>): void {
    hold(this, this.state === 'running' || this.looking !== null);
    if (changed.has('experiment') || changed.has('parts')) this.#previewSoon();
    for (const follower of this.#followers) {
      // Only training tells how far each of its jobs is.
      if (changed.size > 1 || !changed.has('progress') || follower.shows === 'training') follower.follow();
    }
  }

  #emit(name: string, detail: unknown): void {
    this.host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  override render() {
    const busy = BUSY.includes(this.state);
    const problem = this.#problem;
    const settings = { experiment: isShaped(this.experiment) ? this.experiment : {}, tier: this.tier };
    return html`
      ${baselineView()}
      ${controlsView({
        settings,
        problem,
        parts: this.parts,
        running: busy,
        looking: this.looking !== null,
        machine_threads: globalThis.navigator?.hardwareConcurrency ?? 1,
        open: this.open,
        onOpen: (open) => {
          this.open = open;
        },
        onChange: (settings) => this.#change(settings),
        onUnread: (words) => {
          this.error = new BreakevenError('bad_csv', words);
        },
        onRun: () => void this.run(),
        onCancel: () => this.cancel(),
        progress: html`${progressView(this.state, this.progress, this.outcome)}
        ${errorView(this.error ?? (hasField(problem, this.parts) ? null : problem), this.parts)}`,
      })}
      ${this.#results(busy, settings)}
      ${this.parts.has('downloads') ? this.#share() : nothing}
      ${
        this.parts.has('embed')
          ? html`<breakeven-embed .settings=${settings} .host=${this.host}></breakeven-embed>`
          : nothing
      }
    `;
  }

  /** In the order in which they come, so that nothing moves what is being read; the answer has its place kept. */
  #results(busy: boolean, settings: Settings) {
    const { report: own, reference, parts, choices } = this;
    const nothingYet = !own && !busy && !reference && !this.#last;
    const shown = RESULTS.filter((part) => parts.has(part) && hasContent(part, this));
    const hasMore = this.#kept.measurement !== null && own !== null;
    return html`<div class="results" data-testid="results" aria-busy=${busy}>
      ${nothingYet ? html`<slot name="recorded"></slot>` : nothing}
      ${answerView({
        ...{ own, reference, last: this.#last, parts, busy, classifier: choices.answer },
        onClassifier: (answer) => this.choose({ answer }),
        onLonger: hasMore ? () => void this.goOn() : null,
      })}
      <p class="unseen" role="status" data-testid="spoken">${this.spoken}</p>
      ${environmentView({
        environment: this.environment,
        capacity: capacityOf(own?.sweeps),
        opening: this.state === 'opening',
        whole: parts.has('environment'),
        settings,
      })}
      ${shown.map((part) => (nothingYet && part !== 'data' ? nothing : guard(this.#basisOf(part), () => partView(part, this, false))))}
    </div>`;
  }

  /** What a part is made of: without a change in it nothing is made anew. */
  #basisOf(part: ResultPart): unknown[] {
    const { report, reference, choices, preview, files, looking, copied, state } = this;
    return [
      part,
      report,
      reference,
      choices,
      preview,
      files,
      looking,
      copied,
      state,
      part === 'training' && this.progress,
    ];
  }

  #share() {
    const report = this.whole;
    const home = siteHome();
    if (!report && !this.reference && this.state === 'idle' && !this.said) return nothing;
    return shareView({
      ...{ report, link: this.link, said: this.said, hasReference: this.reference !== null },
      training: BUSY.includes(this.state) ? [] : (this.report?.training ?? []),
      withTable: this.withTable,
      // A visitor's own table does not go into an address, and settings without it would be another experiment's.
      canLink: home !== null && report !== null && !report.table,
      onTable: (withTable) => {
        this.withTable = withTable;
      },
      onLink: () => void (report && home && this.#shareLink(report, home)),
      onFile: (file) => void this.#readFile(file),
      onForget: () => {
        this.#show(null);
        this.said = 'Without the other results now.';
      },
    });
  }
}

/** What a cancelled run leaves: only what had finished, if anything had. */
function cancelledWords(work: Work, report: Partial<ExperimentReport> | null): string {
  if (work === 'measure-longer') return 'Cancelled. What had been measured before stays below.';
  return report?.training?.length ? 'Cancelled. What had finished stays below.' : 'Cancelled.';
}

/** What a preview depends on. */
function keyOf({ data, split }: CompleteExperiment): string {
  return JSON.stringify([data, split]);
}

function errorView(error: BreakevenError | null, parts: ReadonlySet<Part>) {
  const words = hasField(error, parts) ? asLabelled(error?.message ?? '') : error?.message;
  return html`<div role="alert" data-testid="error" data-code=${error?.code ?? nothing}>
    ${error ? html`<div class="failure"><strong>It did not work.</strong> ${words} <code>${error.code}</code></div>` : nothing}
  </div>`;
}

if (!customElements.get('breakeven-face')) customElements.define('breakeven-face', BreakevenFace);

/** Puts a face into the shadow root of an element, with what was set on that before. */
export function mount(
  root: ShadowRoot,
  { reference = null, ...settings }: Partial<Settings & { reference: Reference | null }>,
): BreakevenFace {
  const face = document.createElement('breakeven-face') as BreakevenFace;
  root.replaceChildren(face);
  Object.assign(face, settings);
  face.refer(reference);
  face.begin();
  return face;
}
