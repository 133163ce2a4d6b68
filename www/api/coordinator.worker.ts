// Thin first version: loads a wasm build by its URL and starts its pool. To be replaced.
import { expose } from 'comlink';

const coordinator = {
  async start(base: string, threads: boolean, n_threads: number): Promise<void> {
    // At run time and by URL: the glue's own threads import the same file, so it must not be bundled.
    const url = new URL(`wasm/${threads ? 'threads' : 'single'}/breakeven.js`, base).href;
    const glue = (await import(/* @vite-ignore */ url)) as typeof import('../../pkg/threads/breakeven.js');
    await glue.default();
    if (threads) await glue.initThreadPool(n_threads);
  },
};

export type Coordinator = typeof coordinator;

expose(coordinator);
