/** <breakeven-embed>: a button, and the dialog that writes the code to embed the present state. */
import { html, LitElement, nothing } from 'lit';
import { siteHome } from '../../api/files.js';
import type { Settings } from '../../experiment/url.js';
import { frameSnippet, type Looks, tagSnippet } from './snippet.js';

const WAYS = {
  tag: 'One tag',
  frame: 'A frame',
} as const;
type Way = keyof typeof WAYS;

const ABOUT: Record<Way, string> = {
  tag:
    'Takes the fonts and colours of your page. A page with a Content-Security-Policy has to allow the address below in ' +
    'script-src and frame-src.',
  frame:
    'Keeps to itself: nothing but a frame on your page, and a helper that gives it the height it needs. A policy has to ' +
    'allow the address in frame-src, and in script-src for the helper.',
};

export class BreakevenEmbed extends LitElement {
  static override properties = {
    settings: { attribute: false },
    host: { attribute: false },
    way: { state: true },
    view: { state: true },
    autostart: { state: true },
    copied: { state: true },
  };

  declare settings: Settings;
  /** The element whose looks the code repeats. */
  declare host: HTMLElement | null;
  declare way: Way;
  declare view: string;
  declare autostart: boolean;
  /** What became of the last copy, in words. */
  declare copied: string;

  constructor() {
    super();
    this.settings = { experiment: {}, tier: 'auto' };
    this.host = null;
    this.way = 'tag';
    this.view = '';
    this.autostart = false;
    this.copied = '';
  }

  /** In the light: the widget's sheet styles it. */
  override createRenderRoot() {
    return this;
  }

  #open(): void {
    this.copied = '';
    this.view = this.host?.getAttribute('view') ?? '';
    this.querySelector('dialog')?.showModal();
  }

  #close(): void {
    this.querySelector('dialog')?.close();
  }

  #code(site: string): string {
    const looks: Looks = {
      view: this.view,
      hide: this.host?.getAttribute('hide') ?? '',
      autostart: this.autostart ? 'visible' : '',
    };
    return this.way === 'tag' ? tagSnippet(site, this.settings, looks) : frameSnippet(site, this.settings, looks);
  }

  async #copy(): Promise<void> {
    const area = this.querySelector('textarea');
    if (!area) return;
    try {
      await navigator.clipboard.writeText(area.value);
      this.copied = 'Copied.';
    } catch {
      // Not allowed in this frame, or not a secure context: the selection is there to be copied by hand.
      area.focus();
      area.select();
      this.copied = 'This page may not write to the clipboard: the code is selected, copy it with Ctrl or ⌘ and C.';
    }
  }

  override render() {
    const site = siteHome();
    // Where a bundler has moved the files there is no address to give.
    if (site === null) return nothing;
    const choose = (change: (value: string) => void) => (event: Event) => {
      change((event.target as HTMLSelectElement).value);
      this.copied = '';
    };
    const chooseWay = choose((value) => {
      this.way = value as Way;
    });
    const chooseView = choose((value) => {
      this.view = value;
    });
    return html`<p class="embed">
        <button type="button" class="quiet" data-testid="embed" @click=${() => this.#open()}>Embed this</button>
      </p>
      <dialog aria-labelledby="embed-heading" data-testid="embed-dialog">
        <h2 id="embed-heading">Put this experiment into a page</h2>
        <fieldset class="checks">
          <legend>As</legend>
          ${Object.entries(WAYS).map(
            ([way, words]) => html`<label>
              <input
                type="radio"
                name="way"
                value=${way}
                data-testid="embed-${way}"
                .checked=${way === this.way}
                @change=${chooseWay}
              />
              ${words}
            </label>`,
          )}
        </fieldset>
        <div class="fields">
          <div class="field wide">
            <label for="embed-view">What it shows</label>
            <select id="embed-view" data-testid="embed-view" @change=${chooseView}>
              ${views(this.view).map(
                ([value, words]) => html`<option value=${value} .selected=${value === this.view}>${words}</option>`,
              )}
            </select>
          </div>
          <label class="check">
            <input
              type="checkbox"
              data-testid="embed-autostart"
              .checked=${this.autostart}
              @change=${(event: Event) => {
                this.autostart = (event.target as HTMLInputElement).checked;
                this.copied = '';
              }}
            />
            Starts when it is seen
          </label>
        </div>
        <p class="hint">${ABOUT[this.way]}</p>
        <textarea readonly rows="9" spellcheck="false" aria-label="Code" data-testid="embed-code" .value=${this.#code(site)}></textarea>
        <p class="actions">
          <button type="button" class="primary" data-testid="embed-copy" @click=${() => void this.#copy()}>Copy</button>
          <button type="button" data-testid="embed-close" @click=${() => this.#close()}>Close</button>
          <span role="status" data-testid="embed-status">${this.copied}</span>
        </p>
      </dialog>`;
  }
}

/** What is usually wanted, and what the element shows now. */
function views(now: string): [string, string][] {
  const usual: [string, string][] = [
    ['', 'everything'],
    ['chart verdict', 'the answer: two lines that cross, and the verdict'],
    ['verdict sweep', 'the verdict and the sweep'],
    ['sweep', 'the sweep alone'],
    ['training', 'training alone'],
  ];
  return usual.some(([value]) => value === now) ? usual : [...usual, [now, `as here: ${now}`]];
}

if (!customElements.get('breakeven-embed')) customElements.define('breakeven-embed', BreakevenEmbed);
