/** smartcore's file: fetched when a call first needs it, in that call's turn. */
import type { BreakevenError } from '../error.js';
import { fetchWasm } from '../fetch-file.js';
import type { Wasm } from '../instance.js';
import type { Call } from '../rpc/serve.js';
import type { Turns } from './turns.js';

export class Smartcore {
  readonly #url: string;
  readonly #wasm: Wasm;
  readonly #turns: Turns;
  #file: Uint8Array | null = null;
  #failed = false;

  constructor(url: string, wasm: Wasm, turns: Turns) {
    this.#url = url;
    this.#wasm = wasm;
    this.#turns = turns;
  }

  get isHere(): boolean {
    return this.#file !== null;
  }

  /** Its bytes, from which this instance's threads begin it from now on. What failed is tried anew by the next call. */
  async bring(call: Call): Promise<Uint8Array> {
    if (this.#file) return this.#file;
    let end: (error: BreakevenError) => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      end = reject;
    });
    // What comes of it is asked in the race; nobody may be there any more when it ends.
    ended.catch(() => {});
    // A file of another version may come from a cache.
    const fetching = fetchWasm(this.#url, "smartcore's file", undefined, this.#failed ? 'reload' : 'default');
    try {
      const fetched = await this.#turns.ending(call, end, () => Promise.race([fetching, ended]));
      const file = new Uint8Array(await fetched.arrayBuffer());
      this.#wasm.keepSmartcore(file);
      this.#file = file;
      return file;
    } catch (error) {
      // Of one that was cancelled nothing is known.
      this.#failed ||= !this.#turns.isCancelled(call);
      throw error;
    }
  }
}
