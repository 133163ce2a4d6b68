/**
 * <breakeven-lab>: the element that a page's author writes. This file is all of it that loads with the page: it shows
 * the element's children until the element is seen or told to run, then fetches its face (face.ts) into its shadow
 * root; only those in the slot `recorded` stay until there are results. It imports nothing else at once, and is kept below 3 kB (scripts/budgets.mjs).
 *
 * Events, all bubbling and composed: breakeven-settings (detail: Settings), breakeven-progress, breakeven-result
 * (detail: the report), breakeven-error (detail: the error, with its code), breakeven-cancel.
 */
import type { Environment, Experiment } from '../../api/types.js';
import type { Reference } from '../../experiment/reference.js';
import type { ExperimentReport } from '../../experiment/report.js';
import type { Settings, TierChoice } from '../../experiment/url.js';
import type { Progress, RunState } from '../run-state.js';
import type { BreakevenFace } from './face.js';

/** How near to the window the element has to be. */
const NEAR = '200px';
/** What may be set before the face is there. */
const SETTABLE = ['experiment', 'tier', 'reference'] as const;

type Early = Partial<Settings & { reference: Reference | null }>;

/** Where there are no elements (Node, a page rendered on a server) this module can be imported for all that. */
const Base = globalThis.HTMLElement ?? class {};

export class BreakevenLab extends Base {
  #face: BreakevenFace | null = null;
  #loading: Promise<BreakevenFace> | null = null;
  #seen: IntersectionObserver | null = null;
  #early: Early = {};

  constructor() {
    super();
    const [rest, recorded] = [document.createElement('slot'), document.createElement('slot')];
    recorded.name = 'recorded';
    this.attachShadow({ mode: 'open' }).append(rest, recorded);
    this.#dress();
  }

  /** A document lends its sheets to no other: moved to one, the element gets fresh ones. */
  adoptedCallback(): void {
    this.#dress();
    this.#face?.dress();
  }

  #dress(): void {
    const sheet = new (this.ownerDocument.defaultView ?? window).CSSStyleSheet();
    sheet.replaceSync(':host{display:block}:host([hidden]){display:none}');
    (this.shadowRoot as ShadowRoot).adoptedStyleSheets = [sheet];
  }

  connectedCallback(): void {
    // What was set before this element was defined hides the accessors.
    for (const name of SETTABLE) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Early)[name];
      this[name] = value as never;
    }
    if (this.#face) return;
    if (this.getAttribute('autostart') === 'load') void this.load().catch(() => {});
    this.#seen = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void this.load().catch(() => {});
      },
      { rootMargin: NEAR },
    );
    this.#seen.observe(this);
  }

  disconnectedCallback(): void {
    this.#seen?.disconnect();
    this.#seen = null;
  }

  /** Fetches the face, if it is not there yet. The engine waits for a run. */
  async load(): Promise<void> {
    await this.#faceOnce();
  }

  #faceOnce(): Promise<BreakevenFace> {
    this.#loading ??= this.#fetchFace().catch((error) => {
      // The next sight or run tries again.
      this.#loading = null;
      this.#tell(error);
      const failure = Object.assign(error, { code: 'worker_failed' });
      this.dispatchEvent(new CustomEvent('breakeven-error', { detail: failure, bubbles: true, composed: true }));
      throw error;
    });
    return this.#loading;
  }

  async #fetchFace(): Promise<BreakevenFace> {
    const { mount } = await import('./face.js');
    this.#seen?.disconnect();
    this.#face = mount(this.shadowRoot as ShadowRoot, this.#early);
    return this.#face;
  }

  /** Browsers keep a module that has failed as it is until the page is loaded anew. */
  #tell({ message }: Error): void {
    const [failure, reload] = [document.createElement('p'), document.createElement('button')];
    failure.role = 'alert';
    failure.textContent = `The experiment could not be loaded: ${message}. Reload the page to try again. `;
    reload.textContent = 'Reload the page';
    reload.onclick = () => location.reload();
    failure.append(reload);
    this.shadowRoot?.querySelector('p')?.remove();
    this.shadowRoot?.append(failure);
  }

  /** Starts the experiment, or goes on with the one that is under way; settles when it has ended, however it did. */
  async run(): Promise<void> {
    await (await this.#faceOnce()).run();
  }

  /** Ends the run for the visitor at once. */
  cancel(): void {
    this.#face?.cancel();
  }

  /** What differs from the notebook's experiment. */
  get experiment(): Experiment {
    return this.#face?.experiment ?? this.#early.experiment ?? {};
  }
  set experiment(experiment: Experiment) {
    if (this.#face) this.#face.experiment = experiment;
    else this.#early.experiment = experiment;
  }

  get tier(): TierChoice {
    return this.#face?.tier ?? this.#early.tier ?? 'auto';
  }
  set tier(tier: TierChoice) {
    if (this.#face) this.#face.tier = tier;
    else this.#early.tier = tier;
  }

  /** Somebody else's results, which the visitor's are laid over; null where those that were set are none. */
  get reference(): Reference | null {
    // The face's null is an answer.
    return (this.#face ?? this.#early).reference ?? null;
  }
  set reference(reference: Reference | null) {
    if (this.#face) this.#face.refer(reference);
    else this.#early.reference = reference;
  }

  /** The last run's report, without a table of the visitor's own; while a run is under way, and where there was none, null. */
  get report(): ExperimentReport | null {
    return this.#face?.told ?? null;
  }

  get state(): RunState {
    return this.#face?.state ?? 'idle';
  }

  /** What the engine runs on, once it does. */
  get environment(): Environment | null {
    return this.#face?.environment ?? null;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'breakeven-lab': BreakevenLab;
  }
  interface HTMLElementEventMap {
    'breakeven-settings': CustomEvent<Settings>;
    'breakeven-progress': CustomEvent<Progress>;
    'breakeven-result': CustomEvent<ExperimentReport>;
    'breakeven-error': CustomEvent<Error & { code: string }>;
    'breakeven-cancel': CustomEvent<null>;
  }
}

if (globalThis.customElements && !customElements.get('breakeven-lab'))
  customElements.define('breakeven-lab', BreakevenLab);
