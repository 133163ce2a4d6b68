/**
 * The script of embed.html. The settings are in the hash, as on the page; what is shown is in the query
 * (`?view=sweep&autostart=visible`). The page around the frame is told how high the content is.
 */
import '../widget/element/breakeven-lab.js';
import { followAddress, sayIn } from './follow.js';
import { HEIGHT, type HeightWord } from './height.js';

const LOOKS = ['view', 'hide', 'autostart'];

document.querySelector('.missing')?.remove();
const lab = document.querySelector('breakeven-lab');
if (lab) {
  const query = new URLSearchParams(location.search);
  for (const name of LOOKS) {
    const value = query.get(name);
    if (value !== null) lab.setAttribute(name, value);
  }
  followAddress(lab, sayIn(document.querySelector('#refused')));
}

// What scrolls can be scrolled by keyboard.
for (const place of document.querySelectorAll<HTMLElement>('.scroll')) place.tabIndex = 0;

const lacking = document.querySelector<HTMLElement>('#lacking');
if (lacking && globalThis.origin === 'null') {
  lacking.textContent =
    'This frame is sandboxed without allow-same-origin, so it has no origin of its own, and most browsers start no ' +
    'engine in it: what is shown was recorded. Add allow-same-origin to the frame’s sandbox attribute.';
}

function tell(): void {
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
  const word: HeightWord = { breakeven: HEIGHT, height };
  // A height is no secret, and a page need not say who it is.
  parent.postMessage(word, '*');
}

if (parent !== window) {
  new ResizeObserver(tell).observe(document.documentElement);
  // The helper may have come later than the frame.
  addEventListener('message', ({ source, data }) => {
    if (source === parent && (data as { breakeven?: unknown } | null)?.breakeven === 'tell') tell();
  });
}
