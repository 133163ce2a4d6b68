/** Starts a coordinator's worker and hears of its end: the page does so, and the engine's frame. */
import type { CoordinatorWord } from '../coordinator.worker.js';
import { whyNot } from '../fetch-file.js';
import type { Files } from '../files.js';
import { startWorker } from '../start-worker.js';
import { type LastWords, lifeName, onceEnded } from '../worker-liveness.js';

const LOST: LastWords = {
  code: 'worker_failed',
  message: 'The engine ended unexpectedly, perhaps for want of memory. The next call starts a fresh one.',
};

/** A worker whose script has not begun after this long is given up. */
const PATIENCE_MS = 10_000;

const late = ({ coordinator }: Files): LastWords => ({
  code: 'timeout',
  message: `${coordinator} did not start within ${PATIENCE_MS / 1000} s.`,
});

/** Starts it with the port that its calls come by. `failed` hears, once, why it is of no more use. */
export function startCoordinator(files: Files, port: MessagePort, failed: (why: LastWords) => void): { end(): void } {
  const worker = startWorker(files.coordinator);
  const watch = new AbortController();
  const patience = setTimeout(() => fail(late(files)), PATIENCE_MS);
  const end = () => {
    clearTimeout(patience);
    watch.abort();
    worker.terminate();
  };
  const fail = (why: LastWords) => {
    if (watch.signal.aborted) return;
    end();
    failed(why);
  };
  worker.onerror = async (event) => {
    event.preventDefault();
    const { coordinator } = files;
    const message =
      event.message ||
      `The engine's worker could not be started from ${coordinator}. ${await whyNot(coordinator)}`.trim();
    fail({ code: 'worker_failed', message });
  };
  // Names of lives that can be watched from now on: its own, then those of its threads, which it cannot hear itself.
  worker.onmessage = ({ data: lives }: MessageEvent<string[]>) => {
    clearTimeout(patience);
    for (const life of lives) onceEnded(life, (words) => fail(words ?? LOST), watch.signal);
  };
  const word: CoordinatorWord = { files, life: lifeName() };
  worker.postMessage(word, [port]);
  return { end };
}
