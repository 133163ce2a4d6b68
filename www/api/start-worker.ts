/** Starts module workers, those of another origin too. */
import { scriptURL } from './trusted.js';

/**
 * A worker's script has to be of the page's own origin. One of another is started from a blob: module that imports it:
 * its host has to allow that (CORS), and a page with a policy has to allow `worker-src blob:`.
 */
export function startWorker(url: string, name = ''): Worker {
  if (new URL(url).origin === globalThis.origin) return new Worker(scriptURL(url), { type: 'module', name });
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' }));
  const worker = new Worker(scriptURL(blob), { type: 'module', name });
  const revoke = () => URL.revokeObjectURL(blob);
  // Chromium reads the blob some time after the constructor has returned.
  setTimeout(revoke, 60_000);
  return worker;
}
