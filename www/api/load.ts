/** Starts an engine: where it can run, in which tier, and the next lower one where the first does not start. */
import { options as checkedOptions, count, object, refused } from './arguments.js';
import { LinkedEngine } from './engine.js';
import { BreakevenError } from './error.js';
import { type Files, filesAt, filesBeside } from './files.js';
import { MAX_SPIN_US, MAX_THREADS, MAX_TIMEOUT_MS } from './limits.js';
import { Link } from './link.js';
import { canFrame, isIsolated, openHere, openInFrame, type Place } from './place.js';
import { checkTiers, chooseTier, isAtLeast, type Surroundings, type TierChoice } from './tier.js';
import type { Engine, Environment, LoadOptions } from './types.js';

/** Where there are more cores than this, more threads have to be asked for. */
const DEFAULT_THREADS = 32;
const DEFAULT_SPIN_US = 100;
/** What a step of starting may take, and for each thread. */
const STEP_MS = 10_000;
const THREAD_MS = 100;
const FRAME_NOT_ISOLATED =
  'The engine’s frame is not isolated either: that takes Chrome or Edge 137 or later, and a host that sends ' +
  'Document-Isolation-Policy with engine.html.';
const OPTIONS = ['n_threads', 'spin_us', 'timeout_ms', 'require', 'tier', 'base_url', 'frame'];

/** Starts an engine: a coordinator worker with its wasm instance and pool. */
export async function load(options: LoadOptions = {}): Promise<Engine> {
  if (typeof Worker === 'undefined' || typeof navigator === 'undefined') {
    throw new BreakevenError(
      'worker_failed',
      'load() needs a browser, with its Web Workers: here there are none. Command lines have `npm run experiment`.',
    );
  }
  const { base_url, ...rest } = object('options', options ?? undefined);
  const checked = checkedOptions('options', { ...rest, base_url: addressOf(base_url) } as LoadOptions, OPTIONS);
  const hardware = navigator.hardwareConcurrency || 1;
  const n_threads = count('n_threads', checked.n_threads ?? Math.min(hardware, DEFAULT_THREADS), 1);
  if (n_threads > MAX_THREADS) throw refused('n_threads', `a whole number from 1 to ${MAX_THREADS}`, n_threads);
  const spin_us = between('spin_us', checked.spin_us ?? DEFAULT_SPIN_US, 0, MAX_SPIN_US, 'microseconds');
  const patience = checked.timeout_ms ?? STEP_MS + THREAD_MS * n_threads;
  const timeout_ms = between('timeout_ms', patience, 1, MAX_TIMEOUT_MS, 'milliseconds');
  checkTiers(checked);
  if (checked.frame !== undefined && !['auto', 'never'].includes(checked.frame)) {
    throw refused('frame', "'auto' or 'never'", checked.frame);
  }
  if (checked.base_url && !URL.canParse(checked.base_url, import.meta.url))
    throw refused('base_url', 'a URL', checked.base_url);
  const files = checked.base_url ? filesAt(new URL(checked.base_url, import.meta.url).href) : filesBeside();
  const found = await findPlace(files, checked, timeout_ms);
  const { in_frame, around, open } = found;
  let first = found.first;
  let { tier, reason } = chosen(checked, found);
  const begin = async (): Promise<Link> => {
    const place = first ?? (await open());
    first = null;
    return new Link(place);
  };
  const start = async (link: Link): Promise<Environment> => {
    const report = await link.call('start', [{ tier, n_threads, spin_us, timeout_ms }]);
    return {
      tier,
      tier_reason: reason,
      hardware_concurrency: hardware,
      cross_origin_isolated: around.isolated,
      in_frame,
      // Both builds are compiled with it: they would not have started without.
      simd: true,
      user_agent: navigator.userAgent,
      ...report,
    };
  };
  const engine = new LinkedEngine(begin, start);
  try {
    await engine.restart();
  } catch (error) {
    const mayStepDown =
      tier === 'threads' && checked.tier === undefined && !isAtLeast(checked.require ?? 'serial', 'threads');
    if (!mayStepDown) throw withFrame(error, around);
    tier = 'workers';
    reason = `Threads could not be started: ${error instanceof Error ? error.message : error}`;
    await engine.restart().catch((again) => {
      throw withFrame(again, around);
    });
  }
  return engine;
}

function addressOf(base_url: unknown): string | undefined {
  if (base_url === undefined || typeof base_url === 'string') return base_url;
  try {
    if (base_url instanceof URL) return base_url.href;
  } catch {
    // What only looks like one.
  }
  throw refused('base_url', 'a URL', base_url);
}

/** Where the engine's frame was no help either, its reason is the one that a page's author can act on. */
function withFrame(error: unknown, { isolated, frame_problem }: Surroundings): unknown {
  if (!(error instanceof BreakevenError) || isolated || !frame_problem) return error;
  return new BreakevenError(error.code, `${error.message} ${frame_problem}`, error.setting);
}

function between(name: string, value: number, least: number, most: number, unit: string): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw refused(name, `a number of ${unit} from ${least} to ${most}`, value);
}

/** Where the engine is to run: how a coordinator is opened there, the first of them where it is open already. */
interface Found {
  in_frame: boolean;
  around: Surroundings;
  first: Place | null;
  open: () => Promise<Place>;
}

/** In this page, unless that is not isolated or of another origin than the files, and the engine's frame does better. */
async function findPlace(files: Files, { frame = 'auto', tier }: LoadOptions, timeout_ms: number): Promise<Found> {
  const secure = globalThis.isSecureContext;
  const no_shared_memory = globalThis.crossOriginIsolated === true && !isIsolated();
  const foreign = new URL(files.coordinator).origin !== globalThis.origin;
  // In a browser without shared memory no frame has any.
  const wanting = !isIsolated() && !no_shared_memory && (tier === undefined || tier === 'threads');
  let frame_problem: string | null = null;
  if (frame === 'auto' && secure && (foreign || wanting) && canFrame(files)) {
    const open = () => openInFrame(files.frame, timeout_ms);
    try {
      const first = await open();
      // A frame that is not isolated is still better than a page that may not start the files' workers itself.
      if (first.isolated || foreign) {
        const around = { isolated: first.isolated, secure, no_shared_memory, frame_problem: FRAME_NOT_ISOLATED };
        return { in_frame: true, around, first, open };
      }
      first.end();
      frame_problem = FRAME_NOT_ISOLATED;
    } catch (error) {
      frame_problem = error instanceof Error ? error.message : String(error);
    }
  }
  const around = { isolated: isIsolated(), secure, no_shared_memory, frame_problem };
  return { in_frame: false, around, first: null, open: async () => openHere(files) };
}

function chosen(options: LoadOptions, { around, first }: Found): TierChoice {
  try {
    return chooseTier(options, around);
  } catch (error) {
    first?.end();
    throw error;
  }
}
