/** What a call may ask of this engine: which strategies a tier has, and how wide a batch may be spread. */
import { refused } from '../arguments.js';
import { BreakevenError, impossible } from '../error.js';
import type { WasmModel } from '../instance.js';
import type { StartOptions } from '../protocol.js';
import type { Prediction, Strategy, Tier } from '../types.js';

export type Used = Prediction['strategy_used'];

/** A model with the number that the isolated workers know it by. */
export interface KeptModel {
  id: number;
  model: WasmModel;
}

/** How wide a batch is spread. */
export interface Width {
  n_threads: number;
  n_slices?: number;
  threads_per_worker?: number;
}

/** Workers and threads beyond this are a typing error rather than a wish. */
const MAX_WORKERS = 256;

/** Threads that compute in this engine. */
export function threadsOf({ tier, n_threads }: StartOptions): number {
  return tier === 'serial' ? 1 : n_threads;
}

/** Isolated workers that take part. */
export function workersOf(used: Used, { n_threads, n_slices = 1 }: Width): number {
  return used === 'async' ? Math.min(n_slices, n_threads) : n_threads;
}

/** Strategies of this tier. */
function allows(tier: Tier, strategy: Strategy): boolean {
  if (strategy === 'threads') return tier === 'threads';
  if (strategy === 'workers') return tier !== 'serial';
  return ['serial', 'async', 'auto'].includes(strategy);
}

/** Refuses a strategy that there is not, or not in this tier, and a width that it cannot have. */
export function checkWidth(start: StartOptions, strategy: Strategy, asked: Partial<Width>): void {
  const { n_threads, n_slices, threads_per_worker } = asked;
  if (!['serial', 'threads', 'workers', 'async', 'auto'].includes(strategy)) {
    throw refused('strategy', "'serial', 'threads', 'workers', 'async' or 'auto'", strategy);
  }
  for (const [name, value] of Object.entries({ n_threads, n_slices, threads_per_worker })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw refused(name, 'a whole number of at least 1', value);
    }
  }
  const { tier } = start;
  if (!allows(tier, strategy)) {
    throw new BreakevenError(
      'threads_unavailable',
      `The strategy '${strategy}' is not available in the ${tier} tier: use 'serial' or 'auto', ` +
        'or see environment.tier_reason for how to get a higher tier.',
    );
  }
  const inPool = strategy === 'threads' || (strategy === 'auto' && tier === 'threads');
  if (inPool && n_threads !== undefined && n_threads > threadsOf(start)) {
    const size = `${threadsOf(start)}, the threads of this engine's pool: load({ n_threads: ${n_threads} }) starts a larger one`;
    throw impossible('n_threads', n_threads, `from 1 to ${size}`);
  }
  if ((n_threads ?? 1) * (threads_per_worker ?? 1) > MAX_WORKERS) {
    const product = `${n_threads ?? 1} with ${threads_per_worker ?? 1} threads each`;
    const name = (threads_per_worker ?? 1) > MAX_WORKERS ? 'threads_per_worker' : 'n_threads';
    throw impossible(name, product, `at most ${MAX_WORKERS} threads in all workers`);
  }
  if ((threads_per_worker ?? 1) > 1 && tier !== 'threads') {
    throw new BreakevenError(
      'threads_unavailable',
      `threads_per_worker = ${threads_per_worker} needs shared memory, which the ${tier} tier has not.`,
    );
  }
}
