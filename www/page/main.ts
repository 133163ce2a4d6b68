/** Wires the page: the lab, its parts amid the prose, the address, and the recorded results. */
import '../widget/element/breakeven-lab.js';
import '../widget/element/breakeven-part.js';
import { checkReport } from '../experiment/check-report.js';
import type { Reference } from '../experiment/reference.js';
import { fromAddress, toAddress } from '../experiment/url.js';
import { followAddress, sayIn } from './follow.js';

/** scripts/record.mjs puts a real run's report into the page. */
function recorded(): Reference | null {
  const text = document.querySelector('#recorded')?.textContent?.trim();
  if (!text) return null;
  try {
    return { report: checkReport(JSON.parse(text)), from: 'recorded' };
  } catch (error) {
    // Recorded by another version: the page does without.
    console.warn(error);
    return null;
  }
}

document.querySelector('.missing')?.remove();
const lab = document.querySelector('breakeven-lab');
if (lab) {
  followAddress(lab, sayIn(document.querySelector('#refused')), recorded(), {
    to: toAddress,
    from: fromAddress,
  });
  const bar = document.querySelector<HTMLProgressElement>('#running');
  const hide = () => {
    if (bar) bar.hidden = true;
  };
  lab.addEventListener('breakeven-progress', ({ detail }) => {
    if (!bar) return;
    bar.hidden = false;
    bar.value = detail.part;
  });
  for (const name of ['breakeven-result', 'breakeven-error', 'breakeven-cancel'] as const)
    lab.addEventListener(name, hide);
}
