// Thin first version of the custom element. To be replaced.
import { css, html, LitElement } from 'lit';
import { load } from '../api/index.js';

export class BreakevenLab extends LitElement {
  static override styles = css`:host { display: block; }`;
  static override properties = { status: { state: true } };
  declare status: string;

  constructor() {
    super();
    this.status = 'starting';
  }

  override async connectedCallback() {
    super.connectedCallback();
    try {
      const { environment } = await load();
      this.status = `tier ${environment.tier}, ${environment.n_threads} threads`;
    } catch (error) {
      this.status = String(error);
    }
  }

  override render() {
    return html`<p role="status">${this.status}</p>`;
  }
}

customElements.define('breakeven-lab', BreakevenLab);
