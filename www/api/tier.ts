import { refused } from './arguments.js';
import { BreakevenError } from './error.js';
import type { LoadOptions, Tier } from './types.js';

const RANK: Record<Tier, number> = { serial: 0, workers: 1, threads: 2 };

/** What the engine's place allows, and why not more: a sentence that a page author can act on. */
export interface TierChoice {
  tier: Tier;
  reason: string | null;
}

/** What is known of the place where the engine is to run. */
export interface Surroundings {
  isolated: boolean;
  secure: boolean;
  /** Whether the page is isolated and the browser has no shared memory for all that. */
  no_shared_memory: boolean;
  /** Why the engine's frame is of no help here; null where it was not tried. */
  frame_problem: string | null;
}

/** Refuses what is no tier. */
export function checkTiers({ tier, require }: Pick<LoadOptions, 'tier' | 'require'>): void {
  for (const [name, wanted] of Object.entries({ tier, require })) {
    if (wanted !== undefined && !(typeof wanted === 'string' && Object.hasOwn(RANK, wanted))) {
      throw refused(name, "'threads', 'workers' or 'serial'", wanted);
    }
  }
}

/** Picks the highest tier that the place allows and the caller wants. */
export function chooseTier(options: Pick<LoadOptions, 'tier' | 'require'>, around: Surroundings): TierChoice {
  const possible = available(around);
  const choice = forced(options.tier) ?? possible;
  if (options.tier !== undefined && RANK[options.tier] > RANK[possible.tier]) {
    throw new BreakevenError('threads_unavailable', `The ${options.tier} tier was asked for. ${possible.reason}`);
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

function available({ isolated, secure, no_shared_memory, frame_problem }: Surroundings): TierChoice {
  if (isolated) return { tier: 'threads', reason: null };
  if (!secure) {
    return {
      tier: 'workers',
      reason:
        'This page is not a secure context, so threads cannot share memory: serve it over HTTPS or from localhost.',
    };
  }
  if (no_shared_memory) {
    return {
      tier: 'workers',
      reason:
        'This page is cross-origin isolated, but this browser has no SharedArrayBuffer, so threads cannot share memory: ' +
        'take another browser, or allow it in this one’s settings.',
    };
  }
  const headers =
    'serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  return {
    tier: 'workers',
    reason: `This page is not cross-origin isolated, so threads cannot share memory: ${headers}.${frame_problem ? ` ${frame_problem}` : ''}`,
  };
}
