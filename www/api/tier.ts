import { BreakevenError } from './error.js';
import type { LoadOptions, Tier } from './types.js';

const RANK: Record<Tier, number> = { serial: 0, workers: 1, threads: 2 };

/** What this page allows, and why not more: a sentence that a page author can act on. */
export interface TierChoice {
  tier: Tier;
  reason: string | null;
}

/** Picks the highest tier that this page allows and the caller wants. */
export function chooseTier(options: Pick<LoadOptions, 'tier' | 'require'>, scope = globalThis): TierChoice {
  for (const wanted of [options.tier, options.require]) {
    if (wanted !== undefined && !(wanted in RANK)) {
      throw new BreakevenError(
        'invalid_param',
        `tier = ${wanted} is not possible: it must be threads, workers or serial`,
      );
    }
  }
  const choice = forced(options.tier) ?? available(scope);
  const missing = available(scope);
  if (options.tier !== undefined && RANK[options.tier] > RANK[missing.tier]) {
    throw new BreakevenError('threads_unavailable', `The ${options.tier} tier was asked for. ${missing.reason}`);
  }
  if (options.require !== undefined && RANK[choice.tier] < RANK[options.require]) {
    throw new BreakevenError('threads_unavailable', `The ${options.require} tier is required. ${choice.reason}`);
  }
  return choice;
}

/** Whether `tier` is at least `required`. */
export function isAtLeast(tier: Tier, required: Tier): boolean {
  return RANK[tier] >= RANK[required];
}

function forced(tier: Tier | undefined): TierChoice | null {
  if (tier === undefined) return null;
  return { tier, reason: tier === 'threads' ? null : `The ${tier} tier was asked for.` };
}

function available(scope: typeof globalThis): TierChoice {
  if (typeof scope.SharedArrayBuffer === 'function' && scope.crossOriginIsolated) {
    return { tier: 'threads', reason: null };
  }
  const reason = scope.isSecureContext
    ? 'This page is not cross-origin isolated, so threads cannot share memory: serve it with the headers ' +
      'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.'
    : 'This page is not a secure context, so threads cannot share memory: serve it over HTTPS or from localhost.';
  return { tier: 'workers', reason };
}
