/** Wires the page: the widget's settings and the address's hash follow each other. */
import '../widget/breakeven-lab.js';
import { BreakevenError } from '../api/error.js';
import { fromHash, type Settings, toHash } from '../experiment/url.js';
import type { BreakevenLab } from '../widget/breakeven-lab.js';

const lab = document.querySelector<BreakevenLab>('breakeven-lab');
const refused = document.querySelector<HTMLElement>('#refused');

if (lab) {
  follow(lab);
  addEventListener('hashchange', () => follow(lab));
  lab.addEventListener('breakeven-settings', (event) => {
    const hash = toHash((event as CustomEvent<Settings>).detail);
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
    say('');
  });
}

/** An address that asks for the impossible is refused in words, and the notebook stays. */
function follow(target: BreakevenLab): void {
  try {
    const { experiment, tier } = fromHash(location.hash);
    target.experiment = experiment;
    target.tier = tier;
    say('');
  } catch (error) {
    if (!(error instanceof BreakevenError)) throw error;
    target.experiment = {};
    target.tier = 'auto';
    say(
      `This address asks for something else than an experiment, so these are the notebook’s settings. ${error.message}`,
    );
  }
}

function say(words: string): void {
  if (refused) refused.textContent = words;
}
