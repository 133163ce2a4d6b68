/**
 * Starts the pool's threads, in place of wasm-bindgen-rayon's own helper: that one never gives up on a thread that does
 * not start, needs `worker-src blob:`, and a thread that traps there is missed by nobody. Bundled into the glue, whose
 * file is the threads' script, too.
 */
import { describeError } from './instance.js';
import { startWorker } from './start-worker.js';
import { endLife, lifeName, THREADS_RUN, tieLife } from './worker-liveness.js';

/** wasm-bindgen-rayon's end. */
interface PoolBuilder {
  numThreads(): number;
  /** Where the threads find what they are to do. */
  receiver(): number;
  /** The glue's own address. */
  mainJS(): string;
  build(): void;
}

interface Glue {
  default(init: { module_or_path: WebAssembly.Module; memory: WebAssembly.Memory }): Promise<unknown>;
  wbg_rayon_start_worker(receiver: number): void;
}

interface ThreadWord {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  receiver: number;
  glue: string;
  life: string;
}

/** By this name the glue knows that it is a thread's script. */
const NAME = 'breakeven-thread';

const threads: Worker[] = [];

/** Tells the names of the threads' lives once all of them run. */
export async function startWorkers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  const [receiver, glue] = [builder.receiver(), builder.mainJS()];
  const lives = Array.from({ length: builder.numThreads() }, lifeName);
  await Promise.all(lives.map((life) => start({ module, memory, receiver, glue, life })));
  // Before this one waits for all of them in shared memory, where it hears nothing.
  self.dispatchEvent(new CustomEvent(THREADS_RUN, { detail: lives }));
  builder.build();
}

function start(word: ThreadWord): Promise<void> {
  const thread = startWorker(word.glue, NAME);
  threads.push(thread);
  return new Promise((resolve, reject) => {
    thread.onmessage = ({ data: problem }: MessageEvent<string | null>) =>
      problem === null ? resolve() : reject(new Error(problem));
    thread.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || `A thread could not be started from ${word.glue}.`));
    };
    thread.postMessage(word);
  });
}

/** A thread's own part. */
async function begin({ data: { module, memory, receiver, glue, life } }: MessageEvent<ThreadWord>): Promise<void> {
  let wasm: Glue;
  try {
    wasm = (await import(/* @vite-ignore */ glue)) as Glue;
    await wasm.default({ module_or_path: module, memory });
    await tieLife(life);
  } catch (error) {
    self.postMessage(String(error));
    return;
  }
  self.postMessage(null);
  try {
    // Does not return: from here on the thread waits in shared memory.
    wasm.wbg_rayon_start_worker(receiver);
  } catch (error) {
    endLife(life, describeError(error));
  }
}

if ((globalThis as { name?: string }).name === NAME) self.addEventListener('message', begin, { once: true });
