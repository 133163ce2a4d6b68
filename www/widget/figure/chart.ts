/** <breakeven-chart>: draws a chart as wide as its place, and again when that or the data change. */
import { html, LitElement, nothing } from 'lit';

export type Draw = (name: string, data: never, width: number) => SVGSVGElement | null;

/** A task draws for about this long: the page has to stay responsive while results come in. */
const TASK_MS = 12;

const queue = new Set<BreakevenChart>();
const holders = new Set<object>();
let scheduled = false;

/**
 * While `holder` measures, charts that nobody sees wait until they are seen or it is over: drawing would take a core from
 * what is measured.
 */
export function hold(holder: object, measures: boolean): void {
  if (measures) holders.add(holder);
  else if (holders.delete(holder)) goOn();
}

/** Charts are drawn one after the other, those in view first, in tasks of their own. */
function drawSoon(chart: BreakevenChart): void {
  queue.add(chart);
  goOn();
}

function next(): BreakevenChart | undefined {
  return [...queue].find((chart) => chart.inView) ?? (holders.size === 0 ? [...queue][0] : undefined);
}

function goOn(): void {
  if (scheduled || !next()) return;
  scheduled = true;
  setTimeout(work);
}

function work(): void {
  scheduled = false;
  const start = performance.now();
  for (let chart = next(); chart && performance.now() - start < TASK_MS; chart = next()) {
    queue.delete(chart);
    chart.drawNow();
  }
  goOn();
}

/** Printing waits for nobody. */
globalThis.addEventListener?.('beforeprint', () => {
  for (const chart of queue) chart.drawNow();
  queue.clear();
});

export class BreakevenChart extends LitElement {
  static override properties = {
    name: {},
    data: { attribute: false, hasChanged: differs },
    draw: { attribute: false },
    height: { attribute: false },
    width: { state: true },
    picture: { state: true },
  };

  declare name: string;
  declare data: unknown;
  declare draw: Draw | null;
  /** Kept free until there is a picture: pixels, or how many at a width. */
  declare height: number | ((width: number) => number);
  declare width: number;
  declare picture: SVGSVGElement | null;
  #resize: ResizeObserver | null = null;
  #view: IntersectionObserver | null = null;
  inView = false;

  constructor() {
    super();
    this.name = '';
    this.data = null;
    this.draw = null;
    this.height = 0;
    this.width = 0;
    this.picture = null;
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
    this.#view = new IntersectionObserver((entries) => {
      this.inView = entries.some((entry) => entry.isIntersecting);
      if (this.inView) goOn();
    });
    this.#view.observe(this);
  }

  override disconnectedCallback() {
    this.#resize?.disconnect();
    this.#view?.disconnect();
    queue.delete(this);
    super.disconnectedCallback();
  }

  override willUpdate(changed: Map<string, unknown>) {
    if (!this.picture) this.style.minHeight = `${this.#reserved()}px`;
    if (['name', 'data', 'draw', 'width'].some((name) => changed.has(name))) drawSoon(this);
  }

  drawNow(): void {
    if (!this.draw || this.data === null || this.width === 0) return;
    this.picture = this.draw(this.name, this.data as never, this.width);
    this.style.minHeight = '';
  }

  #reserved(): number {
    return typeof this.height === 'number' ? this.height : this.height(this.width);
  }

  override render() {
    return this.picture ? html`${this.picture}` : nothing;
  }
}

/** Lists and objects of the same things are the same: parts of a report come as fresh copies. */
export function differs(a: unknown, b: unknown, depth = 2): boolean {
  if (Object.is(a, b)) return false;
  if (depth === 0 || typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return true;
  if (Array.isArray(a) !== Array.isArray(b)) return true;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  if (keys.length !== others.length) return true;
  return keys.some((key) => differs((a as Bag)[key], (b as Bag)[key], depth - 1));
}

type Bag = Record<string, unknown>;

if (!customElements.get('breakeven-chart')) customElements.define('breakeven-chart', BreakevenChart);
