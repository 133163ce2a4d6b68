/** The widget's settings and the address's hash follow each other; results that the address carries are laid under. */
import { BreakevenError } from '../api/error.js';
import type { Reference } from '../experiment/reference.js';
import { fromHash, hashOf, type Settings } from '../experiment/url.js';
import type { BreakevenLab } from '../widget/element/breakeven-lab.js';

const RESULTS = 'results=';

/** How settings are written into an address, and read. */
export interface Address {
  to: (settings: Settings) => string;
  from: (hash: string) => Settings;
}

/** `say` gets words for the reader, '' where there is nothing to say any more. */
export function followAddress(
  lab: BreakevenLab,
  say: (words: string) => void,
  fallback: Reference | null = null,
  address: Address = { to: hashOf, from: fromHash },
): void {
  const follow = () => void read(lab, say, fallback, address);
  follow();
  addEventListener('hashchange', follow);
  lab.addEventListener('breakeven-settings', ({ detail }: CustomEvent<Settings>) => {
    const pairs = [address.to(detail), resultsIn(location.hash).results].filter(Boolean);
    history.replaceState(null, '', pairs.length === 0 ? location.pathname + location.search : `#${pairs.join('&')}`);
    say('');
  });
}

/** The hash without its results, and those as they stand there. */
export function resultsIn(hash: string): { settings: string; results: string } {
  const pairs = hash.replace(/^#/, '').split('&').filter(Boolean);
  const results = pairs.find((pair) => pair.startsWith(RESULTS)) ?? '';
  return { settings: pairs.filter((pair) => !pair.startsWith(RESULTS)).join('&'), results };
}

/** An address that asks for the impossible is refused in words, and the notebook stays. */
async function read(
  lab: BreakevenLab,
  say: (words: string) => void,
  fallback: Reference | null,
  address: Address,
): Promise<void> {
  const { settings, results } = resultsIn(location.hash);
  try {
    const { experiment, tier } = address.from(settings);
    lab.experiment = experiment;
    lab.tier = tier;
    say('');
  } catch (error) {
    if (!(error instanceof BreakevenError)) throw error;
    Object.assign(lab, address.from(''));
    say(
      `This address asks for something else than an experiment, so these are the notebook’s settings. ${error.message}`,
    );
  }
  if (results === '') {
    lab.reference = fallback;
    return;
  }
  try {
    // Only a page that was opened by such a link needs what reads it.
    const { fromResults } = await import('../experiment/results.js');
    lab.reference = { report: await fromResults(results.slice(RESULTS.length)), from: 'link' };
  } catch (error) {
    if (!(error instanceof BreakevenError)) throw error;
    lab.reference = fallback;
    say(error.message);
  }
}

export function sayIn(place: HTMLElement | null): (words: string) => void {
  return (words) => {
    if (place) place.textContent = words;
  };
}
