/**
 * The worker that owns the wasm instance and its pools. Calls are worked off one after the other;
 * long ones go in steps, so that a cancel is heard between two.
 *
 * Its first message brings the port that calls come by, which may lead to a page of another origin, and says where the
 * engine's files lie: whoever calls has no say in that, and can call what the table of methods holds and nothing else.
 */
import { Coordinator } from './coordinator/coordinator.js';
import { methodsOf } from './coordinator/methods.js';
import type { Files } from './files.js';
import { serve } from './rpc/serve.js';
import { THREADS_RUN, tieLife } from './worker-liveness.js';

/** From whoever starts this worker, with the port. */
export interface CoordinatorWord {
  files: Files;
  /** Its life's name: from when it answers with it, it can be told when this worker ends. */
  life: string;
}

async function begin({ data: { files, life }, ports: [port] }: MessageEvent<CoordinatorWord>): Promise<void> {
  if (!port) return;
  const tell = (lives: string[]) => self.postMessage(lives);
  self.addEventListener(THREADS_RUN, (event) => tell((event as CustomEvent<string[]>).detail));
  serve(port, methodsOf(new Coordinator(files)));
  await tieLife(life);
  tell([life]);
}

self.addEventListener('message', begin, { once: true });
