/**
 * <breakeven-part name="sweep">: one part of the results of the page's <breakeven-lab>, amid prose. `for` names another
 * lab by its id. Its children show until there is something to show.
 */
import { html, LitElement, nothing } from 'lit';
import { RESULTS, type ResultPart } from '../part-names.js';
import { styles } from '../styles/index.js';
import { basisOf, hasContent, partView } from '../views/results.js';
import { dress } from './dress.js';
import type { BreakevenFace, Follower } from './face.js';

export class BreakevenPart extends LitElement implements Follower {
  static override styles = styles;
  static override properties = { name: {}, for: {}, face: { state: true } };

  declare name: string;
  declare for: string;
  declare face: BreakevenFace | null;
  #leave: (() => void) | null = null;
  /** What it was made of. */
  #basis: readonly unknown[] = [];

  constructor() {
    super();
    this.name = '';
    this.for = '';
    this.face = null;
  }

  get shows(): ResultPart {
    return RESULTS.find((part) => part === this.name) ?? 'notes';
  }

  /** Of a change of what it shows. */
  follow(): void {
    if (!this.face) return;
    const basis = basisOf(this.shows, this.face);
    if (basis.every((value, i) => value === this.#basis[i])) return;
    this.#basis = basis;
    this.requestUpdate();
  }

  /** Called when it is moved to another document. */
  adoptedCallback(): void {
    if (this.shadowRoot) dress(this.shadowRoot, styles);
  }

  override connectedCallback() {
    super.connectedCallback();
    // A face that cannot be had is told by the lab itself.
    this.#join().catch(() => {});
  }

  override disconnectedCallback() {
    this.#leave?.();
    this.#leave = null;
    super.disconnectedCallback();
  }

  async #join(): Promise<void> {
    await customElements.whenDefined('breakeven-lab');
    const lab = this.for ? document.getElementById(this.for) : document.querySelector('breakeven-lab');
    if (!lab || !('load' in lab)) return;
    await (lab as HTMLElementTagNameMap['breakeven-lab']).load();
    this.face = lab.shadowRoot?.querySelector('breakeven-face') as BreakevenFace | null;
    if (this.isConnected) this.#leave = this.face?.join(this) ?? null;
  }

  /** In a task of its own: a result changes all parts at once, and the page has to stay responsive. */
  override async scheduleUpdate(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    super.scheduleUpdate();
  }

  override render() {
    const view = this.face && hasContent(this.shows, this.face) ? partView(this.shows, this.face, true) : nothing;
    return view === nothing ? html`<slot></slot>` : view;
  }
}

if (!customElements.get('breakeven-part')) customElements.define('breakeven-part', BreakevenPart);
