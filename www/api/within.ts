/** Time limits: what may never come to its end is given up, with a sentence. */
import { BreakevenError } from './error.js';

/** What comes of `work`, unless that takes longer than `ms`. */
export function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(tooLate(what, ms));
    const timer = setTimeout(late, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export function tooLate(what: string, ms: number): BreakevenError {
  return new BreakevenError('timeout', `${what} took longer than ${Math.round(ms / 100) / 10} s.`);
}
