/**
 * Tells when a worker has ended, and why. One that closes itself, or that the browser ends for want of memory, says
 * nothing; but whatever ends it, its Web Locks are let go. One that can still speak, but whose starter waits in shared
 * memory and hears nothing, says why on a channel of its life's name. Where there are no locks (pages without HTTPS)
 * nothing is told.
 */
import type { ErrorCode } from './error.js';

/** Why a worker ended. */
export interface LastWords {
  code: ErrorCode;
  message: string;
}

/** A worker's words are waited for this long after its lock is free: they come by another way. */
const WORDS_MS = 50;

const locks = (): LockManager | undefined => globalThis.navigator?.locks;

/** Lets this worker's lives go. */
const letGo = new Map<string, () => void>();

/** Called in the worker: resolves once this worker's life is tied to `name`. */
export function tieLife(name: string): Promise<void> {
  return new Promise((resolve) => {
    const held = locks()?.request(name, () => {
      resolve();
      return new Promise<void>((go) => letGo.set(name, go));
    });
    if (held) held.catch(() => resolve());
    else resolve();
  });
}

/**
 * Called in the worker, when it can do no more. Whoever hears of it ends the worker: where one closes itself while the
 * one that started it is being ended, Chromium (tried in 148) may keep both for ever, with their memory.
 */
export function endLife(name: string, { code, message }: LastWords): void {
  new BroadcastChannel(name).postMessage({ code, message });
  letGo.get(name)?.();
}

/** Called by its owner after that: calls `ended` when the worker has ended, unless `signal` aborts before. */
export function onceEnded(name: string, ended: (words: LastWords | null) => void, signal: AbortSignal): void {
  const manager = locks();
  if (!manager || signal.aborted) return;
  const channel = new BroadcastChannel(name);
  let words: LastWords | null = null;
  channel.onmessage = ({ data }: MessageEvent<LastWords>) => {
    words = data;
  };
  signal.addEventListener('abort', () => channel.close(), { once: true });
  manager
    .request(name, { signal }, () => new Promise((resolve) => setTimeout(resolve, WORDS_MS)))
    .then(() => {
      if (signal.aborted) return;
      channel.close();
      ended(words);
    })
    .catch(() => channel.close());
}

/** Event on the global scope of a worker whose pool's threads run: `detail` names their lives. */
export const THREADS_RUN = 'breakeven-threads';

let next = 0;

/** A name that no other worker of this origin has. */
export function lifeName(): string {
  return `breakeven ${performance.timeOrigin} ${Math.random()} ${next++}`;
}
