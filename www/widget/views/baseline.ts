/** What the element is written for, newest last: a browser that lacks any of it is told, and shows what it can. */
import { html, nothing } from 'lit';

// Module workers are older than either. Where a page's own policy forbids workers the engine's start says so.
const NEEDED: readonly [string, () => boolean][] = [
  ['CompressionStream', () => 'CompressionStream' in globalThis],
  ['light-dark() colours', () => globalThis.CSS?.supports('color', 'light-dark(#000, #fff)') ?? true],
];

const lacking = NEEDED.filter(([, has]) => !has()).map(([name]) => name);

export function baselineView() {
  if (lacking.length === 0) return nothing;
  return html`<p role="note" data-testid="baseline">
    This browser lacks ${lacking.join(' and ')}. Breakeven is made for Chrome and Edge 123, Firefox 120, Safari 17.5 and
    later ones: here some of it may not work, or look as it should.
  </p>`;
}
