/**
 * <breakeven-face>: all that <breakeven-lab> shows once it has been seen or told to run. It lives in the shadow root of
 * its host and speaks through events of the host. What it keeps is in the controllers beside it (running, previewing,
 * closer-look, sharing, host-watch); here it is put on the page. Longer than a file should be, since all that the element
 * and the views read of a face is declared in one place.
 */
import { html, LitElement, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { BreakevenError } from '../../api/error.js';
import { siteHome } from '../../api/files.js';
import type { Environment, Experiment } from '../../api/types.js';
import type { ModelFacts } from '../../experiment/model-facts.js';
import type { Preview } from '../../experiment/preview.js';
import type { Reference } from '../../experiment/reference.js';
import { capacityOf, type ExperimentReport } from '../../experiment/report.js';
import { isTable, withContent } from '../../experiment/table-settings.js';
import type { Settings, TierChoice } from '../../experiment/url.js';
import { hold } from '../figure/chart.js';
import { copy } from '../figure/copy.js';
import { asLabelled, controlsView, hasField } from '../form/controls.js';
import '../form/embed-dialog.js';
import { isShaped, problemOf } from '../form/settings.js';
import { type Part, RESULTS, type ResultPart } from '../part-names.js';
import { isBusy, type Progress, type RunState } from '../run-state.js';
import { styles } from '../styles/index.js';
import { answerView } from '../views/answer.js';
import { baselineView } from '../views/baseline.js';
import type { Look } from '../views/closer.js';
import { environmentView } from '../views/environment.js';
import { progressView } from '../views/progress.js';
import { basisOf, type Choices, hasContent, partView, type Results } from '../views/results.js';
import { shareView } from '../views/share.js';
import { tableSource } from '../views/table-source.js';
import { CloserLook } from './closer-look.js';
import { dress } from './dress.js';
import { HostWatch } from './host-watch.js';
import type { Keeper } from './keeper.js';
import { KeepingModels } from './keeping.js';
import { OwnEngine } from './own-engine.js';
import { OwnTableLook } from './own-table.js';
import { Predicting } from './predicting.js';
import { Previewing } from './previewing.js';
import { Running } from './running.js';
import { session } from './session.js';
import { Sharing } from './sharing.js';
import { warmUp } from './warm-up.js';

/** Something on the page that shows a part of this face's results elsewhere. */
export interface Follower {
  readonly shows: ResultPart;
  follow: () => void;
}

export class BreakevenFace extends LitElement implements Keeper, Results {
  static override properties = {
    experiment: { attribute: false },
    tier: { attribute: false },
    error: { state: true },
    choices: { state: true },
    copied: { state: true },
    open: { state: true },
  };

  declare experiment: Experiment;
  declare tier: TierChoice;
  declare error: BreakevenError | null;
  declare choices: Choices;
  /** What became of the last copy of code, in words. */
  declare copied: string;
  /** Whether the settings are unfolded. */
  declare open: boolean;

  readonly #engine = new OwnEngine(this);
  readonly #previewing = new Previewing(this, this.#engine);
  readonly #table = new OwnTableLook(this, this.#engine);
  readonly #look = new CloserLook(this);
  readonly predictions = new Predicting(this, this.#engine);
  readonly keeping = new KeepingModels(this, (name) => this.predictions.forget(name));
  readonly #running = new Running(this, this.#engine, this.#previewing, (work) => this.#begins(work === 'run'));
  readonly #sharing = new Sharing(this, (refused) => this.#referred(refused));
  readonly #watch = new HostWatch(this, () => this.#seen());
  readonly #followers = new Set<Follower>();
  /** The parts that were asked for when it was last made. */
  #parts: ReadonlySet<Part> | null = null;
  /** Why the host's attributes could not be read then. */
  #refused: BreakevenError | null = null;
  joined = false;

  constructor() {
    super();
    this.experiment = {};
    this.tier = 'auto';
    this.error = null;
    this.choices = { axes: 'components', strategy: 'threads', classifier: '', answer: '' };
    this.copied = '';
    this.open = false;
  }

  /** The element that an author wrote; this one itself where it stands alone. */
  get host(): HTMLElement {
    const root = this.getRootNode();
    return root instanceof ShadowRoot ? (root.host as HTMLElement) : this;
  }

  // -- what others see of it ------------------------------------------------------

  get state(): RunState {
    return this.#running.state;
  }

  get progress(): Progress | null {
    return this.#running.progress;
  }

  /** What is known so far. */
  get report(): Partial<ExperimentReport> | null {
    return this.#running.report;
  }

  /** The report of the last run, when it is whole, without a table of the visitor's own. */
  get told(): ExperimentReport | null {
    return this.#running.told;
  }

  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#running.files;
  }

  get facts(): ReadonlyMap<string, ModelFacts> {
    return this.#running.facts;
  }

  get environment(): Environment | null {
    return this.#engine.environment;
  }

  get preview(): Preview | null {
    return this.#previewing.preview;
  }

  get reference(): Reference | null {
    return this.#sharing.reference;
  }

  get looking(): { look: Look; part: number } | null {
    return this.#look.looking;
  }

  get parts(): ReadonlySet<Part> {
    return this.#watch.parts;
  }

  get busy(): boolean {
    return isBusy(this.state);
  }

  get showsData(): boolean {
    return this.#shows('data');
  }

  /** Whether it, or a part elsewhere on the page, shows this. */
  #shows(part: ResultPart): boolean {
    return this.parts.has(part) || [...this.#followers].some(({ shows }) => shows === part);
  }

  get wrongSettings(): BreakevenError | null {
    return this.#watch.refused ?? problemOf(this.experiment);
  }

  get problem(): BreakevenError | null {
    return this.wrongSettings ?? this.#sharing.refused;
  }

  // -- what it is told to do ------------------------------------------------------

  /** Starts the experiment, or goes on with what is under way; settles when that has ended. */
  run(): Promise<void> {
    return this.#running.run();
  }

  /** Goes on with the measurement of the last run, as long as its engine is there. */
  async goOn(): Promise<void> {
    if (!this.looking) await this.#running.goOn();
  }

  /** Ends for the visitor at once what runs, or is measured besides. */
  cancel(): void {
    this.#look.end();
    this.#running.cancel();
  }

  /** Whether more can be measured of the models of the last run. */
  get canLook(): boolean {
    return this.#running.whole?.environment.tier === 'threads' && this.looking === null && this.files.size > 0;
  }

  /** Measures one classifier of the last run more closely; its report takes that in. */
  async look(look: Look, classifier: string): Promise<void> {
    const { whole: report } = this.#running;
    const file = this.files.get(classifier);
    if (!report || !file || !this.canLook) return;
    this.error = null;
    try {
      // A report knows a table of one's own by name: what it was is with the run.
      const experiment = { ...report.experiment, data: withContent(report.experiment.data, this.#running.data) };
      const closer = await this.#look.at({ look, classifier, report: { ...report, experiment }, file });
      if (!closer || this.#running.whole !== report) return;
      const before = report.closer ?? {};
      this.#running.addTo({ ...report, closer: { ...before, [classifier]: { ...before[classifier], ...closer } } });
      this.#sharing.dropLink();
    } catch (error) {
      this.#running.fail(error, 'done');
    }
  }

  async copy(words: string, shown: HTMLElement | null): Promise<void> {
    this.copied = '';
    this.copied = await copy(words, shown);
  }

  choose(choices: Partial<Choices>): void {
    this.choices = { ...this.choices, ...choices };
  }

  /** Somebody else's results as a script gives them: whatever they are. */
  refer(given: unknown): void {
    this.#sharing.refer(given);
  }

  /** Tells of every change from now on; answers how to stop. */
  join(follower: Follower): () => void {
    this.#followers.add(follower);
    if (follower.shows === 'data') this.#previewing.soon();
    if (follower.shows === 'models') this.keeping.begin();
    return () => this.#followers.delete(follower);
  }

  /** Starts what the host's attributes say is to start without being seen. */
  begin(): void {
    if (this.#watch.autostart === 'load') void this.run();
  }

  // -- what its controllers tell --------------------------------------------------

  emit(name: string, detail: unknown): void {
    this.host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  passFocus(from: string, to: string): void {
    const button = (id: string) => this.find(`[data-testid='${id}']`);
    const has = (this.getRootNode() as Document | ShadowRoot).activeElement;
    if (!has || has !== button(from)) return;
    void this.updateComplete.then(() => button(to)?.focus());
  }

  /** A run starts, a new one or one that goes on. */
  #begins(isNew: boolean): void {
    if (isNew) {
      this.#look.end();
      this.#sharing.choose(false);
      this.predictions.forgetRun();
      this.keeping.ask(null);
    }
    this.#sharing.forget();
  }

  /** There is another reference: what a run has said of the one before holds no more. */
  #referred(refused: BreakevenError | null): void {
    if (!refused || this.error !== refused) return;
    this.error = null;
    this.#running.rest();
  }

  /** The host has come into view. */
  #seen(): void {
    if (this.#watch.autostart === 'visible' && this.state === 'idle') void this.run();
    if (this.#watch.autostart === 'engine' && this.environment === null) void this.#warmUp();
  }

  /** Starts the engine and no run, unless another widget is using one. */
  async #warmUp(): Promise<void> {
    if (session.busy) return;
    try {
      await session.inTurn(new AbortController().signal, () => this.#engine.open());
      await this.#previewing.show();
      await session.inTurn(new AbortController().signal, async () => warmUp(await this.#engine.open()));
    } catch (error) {
      if (this.joined && !this.#running.isUnderWay) this.#running.fail(error);
    }
  }

  #change({ experiment, tier }: Settings): void {
    this.experiment = experiment;
    this.tier = tier;
    // It was about the settings of before.
    this.error = null;
    if (this.state === 'failed') this.#running.rest();
    this.emit('breakeven-settings', { experiment, tier });
  }

  // -- its life -------------------------------------------------------------------

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
    if (this.joined) return;
    this.joined = true;
    session.join(this);
    this.#watch.begin();
    if (this.hasUpdated) this.#table.follow();
    // Put back, it looks at what is kept anew.
    this.requestUpdate();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    queueMicrotask(() => {
      if (this.isConnected || !this.joined) return;
      this.joined = false;
      this.#previewing.never();
      this.#table.leave();
      this.#watch.end();
      this.#look.end();
      this.predictions.leave();
      this.keeping.leave();
      this.#running.leave();
      hold(this, false);
      session.leave(this);
    });
  }

  /** A field that is wrong is shown. Only what may have made it wrong has the settings checked: progress comes often. */
  override willUpdate(changed: Map<string, unknown>): void {
    const { refused, parts } = this.#watch;
    const isSame = refused === this.#refused && parts === this.#parts;
    this.#refused = refused;
    if (isSame && !changed.has('experiment') && !changed.has('error')) return;
    const before = (changed.get('experiment') as Experiment | undefined)?.data;
    // A table that comes later is to be looked at; one that an author has chosen is not in the way.
    if (this.hasUpdated && changed.has('experiment') && isTable(this.experiment?.data) && !isTable(before))
      this.open = true;
    if (hasField(this.error ?? this.wrongSettings, parts)) this.open = true;
  }

  override updated(changed: Map<string, unknown>): void {
    hold(this, this.state === 'running' || this.looking !== null);
    if (changed.has('experiment')) this.#table.follow();
    if (changed.has('experiment') || this.#parts !== this.parts) this.#previewing.soon();
    if (this.joined && this.#shows('models')) this.keeping.begin();
    this.#parts = this.parts;
    for (const follower of this.#followers) follower.follow();
  }

  // -- what it shows --------------------------------------------------------------

  override render() {
    const { busy, problem, parts } = this;
    const settings = { experiment: isShaped(this.experiment) ? this.experiment : {}, tier: this.tier };
    return html`
      ${baselineView()}
      ${controlsView({
        settings,
        problem,
        parts,
        running: busy,
        ownTable: (field) => tableSource({ ...field, table: this.#table }),
        looking: this.looking !== null,
        machine_threads: globalThis.navigator?.hardwareConcurrency ?? 1,
        open: this.open,
        onOpen: (open) => {
          this.open = open;
        },
        onChange: (settings) => this.#change(settings),
        onRun: () => void this.run(),
        onCancel: () => this.cancel(),
        progress: html`${progressView(this.state, this.progress, this.#running.outcome)}
        ${errorView(this.error ?? (hasField(problem, parts) ? null : problem), parts)}`,
      })}
      ${this.#results(settings)}
      ${parts.has('downloads') ? this.#share() : nothing}
      ${parts.has('embed') ? html`<breakeven-embed .settings=${settings} .host=${this.host}></breakeven-embed>` : nothing}
    `;
  }

  /** In the order in which they come, so that nothing moves what is being read; the answer has its place kept. */
  #results(settings: Settings) {
    const { report: own, reference, parts, choices, busy } = this;
    const { last } = this.#running;
    const nothingYet = !own && !busy && !reference && !last;
    const shown = RESULTS.filter((part) => parts.has(part) && hasContent(part, this));
    return html`<div class="results" data-testid="results" aria-busy=${busy}>
      ${nothingYet ? html`<slot name="recorded"></slot>` : nothing}
      ${answerView({
        ...{ own, reference, last, parts, busy, classifier: choices.answer },
        onClassifier: (answer) => this.choose({ answer }),
        onLonger: this.#running.canGoOn ? () => void this.goOn() : null,
      })}
      <p class="unseen" role="status" data-testid="spoken">${this.#running.spoken}</p>
      ${environmentView({
        environment: this.environment,
        capacity: capacityOf(own?.sweeps),
        opening: this.state === 'opening',
        whole: parts.has('environment'),
        settings,
      })}
      ${shown.map((part) => (nothingYet && part !== 'data' && part !== 'models' ? nothing : guard(basisOf(part, this), () => partView(part, this, false))))}
    </div>`;
  }

  #share() {
    const { whole: report } = this.#running;
    const { link, said, withTable } = this.#sharing;
    const home = siteHome();
    if (!report && !this.reference && this.state === 'idle' && !said) return nothing;
    return shareView({
      ...{ report, link, said, withTable, hasReference: this.reference !== null },
      training: this.busy ? [] : (this.report?.training ?? []),
      // A visitor's own table does not go into an address. Of one that is text nothing is known without it; of a file its name
      // and hash, which the results tell.
      canLink: home !== null && report !== null && (!report.table || isTable(report.experiment.data)),
      onTable: (withTable) => this.#sharing.choose(withTable),
      onLink: () => void (report && home && this.#sharing.shareLink(report, home)),
      onFile: (file) => void this.#sharing.readFile(file),
      onForget: () => this.#sharing.hide(),
    });
  }
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
