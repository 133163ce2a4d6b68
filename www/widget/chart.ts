/** <breakeven-chart>: draws a chart as wide as its place, and again when that or the data change. */
import { html, LitElement, nothing } from 'lit';

export type Draw = (name: string, data: never, width: number) => SVGSVGElement | null;

export class BreakevenChart extends LitElement {
  static override properties = {
    name: {},
    data: { attribute: false },
    draw: { attribute: false },
    width: { state: true },
  };

  declare name: string;
  declare data: unknown;
  declare draw: Draw | null;
  declare width: number;
  #resize: ResizeObserver | null = null;

  constructor() {
    super();
    this.name = '';
    this.data = null;
    this.draw = null;
    this.width = 0;
  }

  /** In the light: the widget's sheet styles what is drawn. */
  override createRenderRoot() {
    return this;
  }

  override connectedCallback() {
    super.connectedCallback();
    this.width = Math.floor(this.clientWidth);
    this.#resize = new ResizeObserver(() => {
      this.width = Math.floor(this.clientWidth);
    });
    this.#resize.observe(this);
  }

  override disconnectedCallback() {
    this.#resize?.disconnect();
    this.#resize = null;
    super.disconnectedCallback();
  }

  override render() {
    if (!this.draw || this.data === null || this.width === 0) return nothing;
    return html`${this.draw(this.name, this.data as never, this.width)}`;
  }
}

if (!customElements.get('breakeven-chart')) customElements.define('breakeven-chart', BreakevenChart);
