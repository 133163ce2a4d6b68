/**
 * The script of engine.html: starts a coordinator for the page around it and hands it that page's port. Whatever page
 * that is, it chooses no code that runs here: the files are this site's own.
 */
import { filesBeside } from './files.js';
import { isIsolated } from './place.js';
import type { FrameWord } from './protocol.js';
import { startWorker } from './start-worker.js';

const files = filesBeside();

function begin(event: MessageEvent<FrameWord>): void {
  const [calls, control] = event.ports;
  if (event.source !== parent || event.data?.breakeven !== 'start' || !calls || !control) return;
  removeEventListener('message', begin);
  const worker = startWorker(files.coordinator);
  worker.onerror = (failure) => {
    failure.preventDefault();
    control.postMessage(failure.message || `The engine's worker could not be started from ${files.coordinator}.`);
  };
  worker.postMessage(files, [calls]);
}

if (parent !== window) {
  addEventListener('message', begin);
  const word: FrameWord = { breakeven: 'hello', isolated: isIsolated() };
  // It tells nothing but what any page can find out, and the page has not said who it is.
  parent.postMessage(word, '*');
}
