/** One call after the other; long ones in steps, between which the event loop turns: that is where a cancel is heard. */
import { BreakevenError } from '../error.js';
import { type Fit, quietly, type Steps, yieldToEvents } from '../instance.js';
import type { Progress } from '../rpc/messages.js';
import type { Call } from '../rpc/serve.js';

/** How long a step may last: a cancel waits for one, and in training for one unit of work more. */
export const STEP_MS = 60;

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  /** Calls that wait or run, and how often: one that goes on beside the turns may take some. */
  readonly #open = new Map<number, number>();
  readonly #cancelled = new Set<number>();
  /** What ends work that hears of nothing. */
  readonly #ends = new Map<number, (error: BreakevenError) => void>();

  /** Runs `work` when the calls before it have ended. */
  take<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const last = this.#last;
    const turn = this.aside(call, async () => {
      await last;
      this.#refuseIfCancelled(call);
      return work();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Runs `work` beside the turns, at once; a cancel is heard wherever it lets the event loop turn. */
  async aside<T>(call: Call, work: () => Promise<T>): Promise<T> {
    const { id } = call;
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#open.get(id) ?? 1) - 1;
      if (left > 0) this.#open.set(id, left);
      else {
        this.#open.delete(id);
        this.#cancelled.delete(id);
      }
    }
  }

  /** The call stops at its next step, or is ended. */
  cancel(id: number): void {
    if (!this.#open.has(id)) return;
    this.#cancelled.add(id);
    this.#ends.get(id)?.(aborted());
  }

  /** Work that is done elsewhere: a cancel calls `end`, which is to make it fail. Whatever becomes of it, it is ended. */
  async ending<T>({ id }: Call, end: (error: BreakevenError) => void, work: () => Promise<T>): Promise<T> {
    this.#ends.set(id, end);
    try {
      return await work();
    } finally {
      this.#ends.delete(id);
      end(aborted());
    }
  }

  isCancelled({ id }: Call): boolean {
    return this.#cancelled.has(id);
  }

  async inSteps<T>(call: Call, stage: string, fit: Fit<T>): Promise<T> {
    try {
      await this.work(call, stage, fit);
      // What came of a last step that a cancel has waited for, nobody would free.
      await this.turn(call);
    } catch (error) {
      quietly(() => fit.free());
      throw error;
    }
    return fit.finish();
  }

  /** Works all steps off; progress goes out after each. */
  async work(call: Call, stage: string, steps: Steps): Promise<void> {
    while (!steps.run(STEP_MS)) {
      await this.step(call, { stage, ...progressOf(steps) });
    }
    const { total } = steps;
    call.onProgress({ stage, done: total, total });
  }

  async step(call: Call, progress: Progress): Promise<void> {
    call.onProgress(progress);
    await this.turn(call);
  }

  /** Lets the event loop turn. */
  async turn(call: Call): Promise<void> {
    await yieldToEvents();
    this.#refuseIfCancelled(call);
  }

  #refuseIfCancelled(call: Call): void {
    if (this.isCancelled(call)) throw aborted();
  }
}

/** How far they are. */
export function progressOf({ done, total, detail }: Steps): Omit<Progress, 'stage'> {
  return { done, total, ...(detail !== undefined && { detail }) };
}

function aborted(): BreakevenError {
  return new BreakevenError('aborted', 'The work was cancelled.');
}
