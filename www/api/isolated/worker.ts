/** The coordinator's end of one isolated worker: every request settles, whatever becomes of the worker. */
import { BreakevenError } from '../error.js';
import { whyNot } from '../fetch-file.js';
import type { Build } from '../files.js';
import { MAX_PAGES_OF_ONE } from '../instance.js';
import type { IsolatedPrediction, IsolatedStart, Trained, Training } from '../isolated.worker.js';
import { Caller } from '../rpc/caller.js';
import type { Channel, Progress } from '../rpc/messages.js';
import { startWorker } from '../start-worker.js';
import { within } from '../within.js';
import { type LastWords, lifeName, onceEnded } from '../worker-liveness.js';

const LOST = 'An isolated worker ended unexpectedly. The next call starts another.';

/** A model as its file, and smartcore's file where the model needs that. */
export interface ModelFile {
  file: Uint8Array;
  smartcore?: Uint8Array | undefined;
}

export class IsolatedWorker {
  readonly #build: Build;
  readonly #worker: Worker;
  readonly #caller: Caller;
  readonly #watch = new AbortController();

  constructor(script: string, build: Build) {
    this.#build = build;
    this.#worker = startWorker(script);
    this.#caller = new Caller(this.#worker as Channel, (error) => this.end(error));
    this.#worker.onerror = async (event) => {
      event.preventDefault();
      if (event.message) return this.end(new BreakevenError('worker_failed', event.message));
      // There was no script to run: the other strategies need none.
      const message = `An isolated worker could not be started from ${script}. ${await whyNot(script)}`.trim();
      this.end(new BreakevenError('workers_unavailable', message));
    };
  }

  /** Why this worker is of no more use. */
  get failed(): BreakevenError | null {
    return this.#caller.ended;
  }

  /** Loads its wasm, and its pool where it is to have more than one thread. */
  async start(n_threads: number, timeout_ms: number, max_pages = MAX_PAGES_OF_ONE): Promise<void> {
    const start: IsolatedStart = { build: this.#build, n_threads, timeout_ms, max_pages, life: lifeName() };
    const started = this.#send('start', [start]) as Promise<string[]>;
    // Its own limits tell more; this one holds where it does not even run.
    const lives = await within(3 * timeout_ms, 'Starting an isolated worker', started);
    for (const life of lives) {
      const lost = (words: LastWords | null) =>
        this.end(new BreakevenError(words?.code ?? 'worker_failed', words?.message ?? LOST));
      onceEnded(life, lost, this.#watch.signal);
    }
  }

  learn(key: number, { file, smartcore }: ModelFile): Promise<unknown> {
    return this.#send('learn', smartcore ? [key, file, smartcore] : [key, file]);
  }

  drop(key: number): Promise<unknown> {
    return this.#send('drop', [key]);
  }

  spin(clock_step_ms: number): Promise<number> {
    return this.#send('spin', [clock_step_ms]) as Promise<number>;
  }

  /** The rows are moved, not copied. The first is the caller's row `first_row`, by which errors count. */
  predict(key: number, rows: Float64Array, n_cols: number, first_row: number): Promise<IsolatedPrediction> {
    return this.#send('predict', [key, rows, n_cols, first_row], [rows.buffer]) as Promise<IsolatedPrediction>;
  }

  /** The rows are moved, not copied. */
  train(
    training: Training,
    rows: Float64Array,
    n_cols: number,
    y: Int32Array,
    onProgress: (progress: Progress) => void,
  ): Promise<Trained> {
    const { answer } = this.#caller.call('train', [training, rows, n_cols, y], { transfer: [rows.buffer], onProgress });
    return answer as Promise<Trained>;
  }

  end(error: BreakevenError): void {
    if (this.failed) return;
    this.#caller.end(error);
    this.#watch.abort();
    this.#worker.terminate();
  }

  #send(call: string, args: unknown[], transfer: Transferable[] = []): Promise<unknown> {
    return this.#caller.call(call, args, { transfer }).answer;
  }
}
