/** Sheets for a shadow root, of the document that it is in: a document lends its own to no other. */
import type { CSSResult } from 'lit';

export function dress(root: ShadowRoot, styles: readonly CSSResult[]): void {
  const sheet = new (root.ownerDocument.defaultView ?? window).CSSStyleSheet();
  sheet.replaceSync(styles.map(({ cssText }) => cssText).join('\n'));
  root.adoptedStyleSheets = [sheet];
}
