/** Follows the host: its attributes, and whether it is seen. */
import { BreakevenError } from '../../api/error.js';
import { type Autostart, isAttribute, read } from '../host-attributes.js';
import { type Part, partsOf } from '../part-names.js';
import type { Keeper } from './keeper.js';

/** These change what is shown; every other attribute is a setting. */
const LOOKS = ['view', 'hide', 'autostart'];

export class HostWatch {
  readonly #face: Keeper;
  readonly #onSeen: () => void;
  parts: Set<Part> = partsOf(null, null);
  /** Why the attributes cannot be read. */
  refused: BreakevenError | null = null;
  autostart: Autostart = 'never';
  #attributes: MutationObserver | null = null;
  #visible: IntersectionObserver | null = null;

  /** `onSeen` is called whenever the host comes into view. */
  constructor(face: Keeper, onSeen: () => void) {
    this.#face = face;
    this.#onSeen = onSeen;
  }

  /** The face is on a page. */
  begin(): void {
    this.#followOnce();
    this.#visible = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.#onSeen();
    });
    this.#visible.observe(this.#face.host);
  }

  end(): void {
    this.#visible?.disconnect();
  }

  /** Follows the attributes from now on, out of the page, too: what a script has set since stays when it comes back. */
  #followOnce(): void {
    if (this.#attributes) return;
    this.#follow();
    this.#attributes = new MutationObserver((records) => {
      const names = records.map(({ attributeName }) => attributeName ?? '').filter(isAttribute);
      if (names.length > 0) this.#follow(names);
    });
    this.#attributes.observe(this.#face.host, { attributes: true });
  }

  /** Reads the attributes: all of them, or after some have changed. */
  #follow(changed?: readonly string[]): void {
    try {
      const { settings, parts, autostart } = read(this.#face.host);
      this.parts = parts;
      this.autostart = autostart;
      if (!changed || changed.some((name) => !LOOKS.includes(name))) {
        this.#face.experiment = settings.experiment;
        this.#face.tier = settings.tier;
      }
      this.refused = null;
    } catch (error) {
      if (!(error instanceof BreakevenError)) throw error;
      this.refused = error;
    }
    this.#face.requestUpdate();
    if (changed?.includes('autostart')) this.#lookAgain();
  }

  #lookAgain(): void {
    this.#visible?.unobserve(this.#face.host);
    this.#visible?.observe(this.#face.host);
  }
}
