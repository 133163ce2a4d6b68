/**
 * Tells when a worker has ended. One that closes itself, or that the browser ends for want of memory, says nothing; but
 * whatever ends it, its Web Locks are let go. Where there are no locks (pages without HTTPS) nothing is told.
 */

const locks = (): LockManager | undefined => globalThis.navigator?.locks;

/** Called in the worker: resolves once this worker's life is tied to `name`. */
export function tieLife(name: string): Promise<void> {
  return new Promise((resolve) => {
    const held = locks()?.request(name, () => {
      resolve();
      return new Promise<never>(() => {});
    });
    if (held) held.catch(() => resolve());
    else resolve();
  });
}

/** Called by its owner after that: calls `ended` when the worker has ended, unless `signal` aborts before. */
export function onceEnded(name: string, ended: () => void, signal: AbortSignal): void {
  locks()
    ?.request(name, { signal }, () => ended())
    .catch(() => {});
}

let next = 0;

/** A name that no other worker of this origin has. */
export function lifeName(): string {
  return `breakeven ${performance.timeOrigin} ${Math.random()} ${next++}`;
}
