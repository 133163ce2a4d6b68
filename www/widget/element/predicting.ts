/** Predicts a file of the visitor's own by a model that is at hand, in turn with the page's other runs. */
import { BreakevenError } from '../../api/error.js';
import { predictFile } from '../../experiment/predict-file.js';
import type { ModelAtHand, Predictions, PredictState } from '../views/predict.js';
import type { Keeper } from './keeper.js';
import type { OwnEngine } from './own-engine.js';
import { session } from './session.js';

/** Progress is shown no more often than this. */
const PROGRESS_MS = 100;

const NOTHING: PredictState = { model: null, of: '', part: null, waits: false, done: null, error: null };

export class Predicting implements Predictions {
  readonly #face: Keeper;
  readonly #engine: OwnEngine;
  state: PredictState = NOTHING;
  #abort: AbortController | null = null;
  #shownAt = 0;

  constructor(face: Keeper, engine: OwnEngine) {
    this.#face = face;
    this.#engine = engine;
  }

  #set(changes: Partial<PredictState>): void {
    this.state = { ...this.state, ...changes };
    this.#face.requestUpdate();
  }

  readonly open = (model: ModelAtHand | null): void => {
    this.#end();
    this.#set({ ...NOTHING, model });
  };

  readonly cancel = (): void => {
    this.#end();
    this.#set({ part: null, waits: false });
  };

  readonly predict = (file: File): void => {
    const { model } = this.state;
    if (model) void this.#predict(model, file);
  };

  /** A new run has other models: what was predicted by one of those before is to be seen no more. */
  forgetRun(): void {
    if (this.state.model?.place === 'run') this.open(null);
  }

  /** The model is gone. */
  forget(name: string): void {
    if (this.state.model?.place === 'kept' && this.state.model.name === name) this.open(null);
  }

  /** Nothing is predicted any more. */
  leave(): void {
    this.#end();
    this.state = NOTHING;
  }

  #end(): void {
    this.#abort?.abort();
    this.#abort = null;
  }

  async #predict(model: ModelAtHand, file: File): Promise<void> {
    this.#end();
    const abort = new AbortController();
    this.#abort = abort;
    const isThis = () => this.#abort === abort;
    this.#set({ of: file.name, part: 0, waits: session.busy, done: null, error: null });
    try {
      const bytes = await model.file();
      const done = await session.inTurn(abort.signal, async () => {
        if (isThis()) this.#set({ waits: false });
        const { target, read } = model.facts;
        return predictFile(await this.#engine.open(), bytes, file, {
          ...{ target, read, signal: abort.signal },
          onPart: (part) => {
            if (isThis()) this.#progress(part);
          },
        });
      });
      if (isThis()) this.#set({ done, part: null });
    } catch (error) {
      if (isThis()) this.#set({ error: asError(error), part: null, waits: false });
    } finally {
      if (isThis()) this.#abort = null;
    }
  }

  #progress(part: number): void {
    const now = performance.now();
    if (now - this.#shownAt < PROGRESS_MS) return;
    this.#shownAt = now;
    this.#set({ part: Math.max(this.state.part ?? 0, part) });
  }
}

function asError(error: unknown): BreakevenError {
  if (error instanceof BreakevenError) return error;
  // A file that was changed or taken away meanwhile.
  return new BreakevenError('bad_table', error instanceof Error ? error.message : String(error));
}
