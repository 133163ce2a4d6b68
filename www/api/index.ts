// Thin first version: starts the coordinator and reports its pool. To be replaced.
import { wrap } from 'comlink';
import type { Coordinator } from './coordinator.worker.js';

export class BreakevenError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'BreakevenError';
    this.code = code;
  }
}

// Not written as `new URL('.', import.meta.url)`: the bundler would take that for an asset.
const module = import.meta.url;

export async function load(options: { n_threads?: number; base_url?: string | URL; tier?: string } = {}) {
  const base = new URL(options.base_url ?? '.', module);
  const worker = new Worker(new URL('coordinator.worker.js', base), { type: 'module' });
  const failed = new Promise<never>((_, reject) => {
    worker.onerror = (event) =>
      reject(new BreakevenError('worker_failed', event.message || 'The coordinator did not load.'));
  });
  const n_threads = options.n_threads ?? navigator.hardwareConcurrency;
  const threads = globalThis.crossOriginIsolated && options.tier !== 'serial';
  const coordinator = wrap<Coordinator>(worker);
  await Promise.race([coordinator.start(base.href, threads, n_threads), failed]);
  return {
    environment: { tier: threads ? 'threads' : 'serial', n_threads: threads ? n_threads : 1 },
    dispose: async () => worker.terminate(),
  };
}
