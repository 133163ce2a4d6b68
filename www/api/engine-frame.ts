/**
 * The script of engine.html: starts a coordinator for the page around it and hands it that page's port. Whatever page
 * that is, it chooses no code that runs here: the files are this site's own, and so are the methods it may call.
 */
import { startCoordinator } from './coordinator/host.js';
import { filesBeside } from './files.js';
import { isIsolated } from './place.js';
import type { FrameWord } from './protocol.js';

function begin(event: MessageEvent<FrameWord>): void {
  const [calls, control] = event.ports;
  if (event.source !== parent || event.data?.breakeven !== 'start' || !calls || !control) return;
  removeEventListener('message', begin);
  startCoordinator(filesBeside(), calls, (why) => control.postMessage(why));
}

if (parent !== window) {
  addEventListener('message', begin);
  const word: FrameWord = { breakeven: 'hello', isolated: isIsolated() };
  // It tells nothing but what any page can find out, and the page has not said who it is.
  parent.postMessage(word, '*');
}
