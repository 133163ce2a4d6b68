/** The widget's settings and the address's hash follow each other. */
import { BreakevenError } from '../api/error.js';
import { fromHash, type Settings, toHash } from '../experiment/url.js';
import type { BreakevenLab } from '../widget/breakeven-lab.js';

/** `say` gets words for the reader, '' where there is nothing to say any more. */
export function followAddress(lab: BreakevenLab, say: (words: string) => void): void {
  read(lab, say);
  addEventListener('hashchange', () => read(lab, say));
  lab.addEventListener('breakeven-settings', ({ detail }: CustomEvent<Settings>) => {
    const hash = toHash(detail);
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
    say('');
  });
}

/** An address that asks for the impossible is refused in words, and the notebook stays. */
function read(lab: BreakevenLab, say: (words: string) => void): void {
  try {
    const { experiment, tier } = fromHash(location.hash);
    lab.experiment = experiment;
    lab.tier = tier;
    say('');
  } catch (error) {
    if (!(error instanceof BreakevenError)) throw error;
    lab.experiment = {};
    lab.tier = 'auto';
    say(
      `This address asks for something else than an experiment, so these are the notebook’s settings. ${error.message}`,
    );
  }
}

export function sayIn(place: HTMLElement | null): (words: string) => void {
  return (words) => {
    if (place) place.textContent = words;
  };
}
