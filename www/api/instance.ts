/** One wasm instance, loaded by its URL: the glue's own threads import the same file, so it is never bundled. */
import { simd } from 'wasm-feature-detect';
import type * as Threads from '../../pkg/threads/breakeven.js';
import { BreakevenError, type ErrorCode } from './error.js';
import { fetchFile, fetchWasm, SILENCE_MS, whyNot } from './fetch-file.js';
import type { Build } from './files.js';
import type { Failure } from './rpc/messages.js';
import { tooLate, within } from './within.js';

export type Wasm = typeof Threads;
export type {
  Batch as WasmBatch,
  Costs as WasmCosts,
  Dataset as WasmDataset,
  Making as WasmMaking,
  Matrix as WasmMatrix,
  Model as WasmModel,
  SearchResult as WasmSearchResult,
} from '../../pkg/threads/breakeven.js';

/** Work that is done in steps. */
export interface Steps {
  /** Works for about so long; true when done. */
  run(max_ms: number): boolean;
  readonly done: number;
  readonly total: number;
  readonly detail?: string;
}

/** Steps that are used up by asking what came of them. */
export interface Fit<T> extends Steps {
  finish(): T;
  free(): void;
}

/** Maximum sizes to try for shared memory, in 64 KiB pages: some devices refuse the larger ones. */
export const MAX_PAGES = [65536, 32768, 16384, 8192];
/** For isolated workers, of which there are many: they hold models and slices of rows. */
export const MAX_PAGES_OF_ONE = [16384, 8192, 4096];
const WITHOUT_SIMD =
  'this browser has no WebAssembly SIMD. That takes Chrome or Edge 91, Firefox 89, Safari 16.4 or later, and a processor ' +
  'with SSE4.1 or of ARM’s 64-bit kind.';
/** More than the build's own initial size; memory grows from here. */
const INITIAL_PAGES = 128;

/** Fetches, compiles and instantiates one of the two builds; each step but the fetch may take `timeout_ms`. */
export async function instantiate(build: Build, timeout_ms: number, max_pages: number[]): Promise<Wasm> {
  const wasm = await importGlue(build.glue);
  const module = await fetchModule(build.wasm, timeout_ms);
  const init = build.shared ? { module_or_path: module, memory: sharedMemory(max_pages) } : { module_or_path: module };
  const starting = wasm.default(init).catch((error) => {
    // All that can fail in an instance's start is to find room for its first thread.
    if (error instanceof WebAssembly.RuntimeError)
      throw new BreakevenError('out_of_memory', 'This browser gives the engine no memory to start in.');
    // Each asks for what the other lacks, if one of them comes from a cache.
    if (!(error instanceof WebAssembly.LinkError || error instanceof TypeError)) throw error;
    const why = `are not of one version (${messageOf(error)}): reload the page without its cache`;
    throw new BreakevenError('worker_failed', `${build.wasm} and ${build.glue} ${why}.`);
  });
  await within(timeout_ms, 'Instantiating the engine', starting);
  wasm.tellFailures();
  return wasm;
}

/** A glue that has not come by then is watched. */
const WATCH_MS = 1_000;

/**
 * An import tells of no byte. Where it takes long the same file is fetched beside it: as long as bytes of that come, and
 * a while after the last, those of the import may.
 */
async function importGlue(url: string): Promise<Wasm> {
  let watch: ReturnType<typeof setTimeout> | undefined;
  const silent = new Promise<never>((_, reject) => {
    const look = async () => {
      await fetchFile(url, 'glue', undefined, 'no-store');
      watch = setTimeout(() => reject(tooLate(`Fetching ${url}`, SILENCE_MS)), SILENCE_MS);
    };
    watch = setTimeout(() => look().catch(reject), WATCH_MS);
  });
  const glue: Promise<Wasm> = import(/* @vite-ignore */ url).catch(async (error) => {
    throw new BreakevenError('worker_failed', `${url} cannot be loaded: ${(await whyNot(url)) || messageOf(error)}`);
  });
  return Promise.race([glue, silent]).finally(() => clearTimeout(watch));
}

async function fetchModule(url: string, timeout_ms: number): Promise<WebAssembly.Module> {
  let streaming: Promise<WebAssembly.Module> | undefined;
  const file = await fetchWasm(url, 'wasm file', (response) => {
    streaming = WebAssembly.compileStreaming(response.clone());
    // What becomes of it is asked below.
    streaming.catch(() => {});
  });
  // Where the host serves another MIME type it is compiled from its bytes.
  const compiling = (streaming ?? Promise.reject())
    .catch(async () => WebAssembly.compile(await file.arrayBuffer()))
    .catch(async (error) => {
      const why = (await simd()) ? messageOf(error) : WITHOUT_SIMD;
      throw new BreakevenError('worker_failed', `${url} cannot be compiled: ${why}`);
    });
  return await within(timeout_ms, 'Compiling the engine', compiling);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sharedMemory(max_pages: number[]): WebAssembly.Memory {
  for (const maximum of max_pages) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared: true });
    } catch {
      // The next smaller one.
    }
  }
  throw new BreakevenError(
    'out_of_memory',
    `This browser gives no shared memory of even ${Math.min(...max_pages) / 16} MiB.`,
  );
}

/** Lets the event loop turn, without the 4 ms that nested timers cost. */
export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** After a failure: what a trap left borrowed cannot be freed, and its error is not the one to tell. */
export function quietly(free: () => void): void {
  try {
    free();
  } catch {
    // The instance ends with the failure.
  }
}

/** An error that crosses to another worker: ours keep their code, anything else says that the instance is gone. */
export function describeError(error: unknown, whose = 'The engine'): Failure {
  const { code, setting } = (error ?? {}) as Partial<BreakevenError>;
  if (error instanceof Error && typeof code === 'string') {
    const failure: Failure = { code: code as ErrorCode, message: error.message, fatal: false };
    return typeof setting === 'string' ? { ...failure, setting } : failure;
  }
  const text = messageOf(error);
  if (text?.endsWith(OUT_OF_MEMORY) || isRefusedArray(error)) {
    const message = `${NO_MEMORY} ${whose} stopped over it; the next call starts a fresh one.`;
    return { code: 'out_of_memory', message, fatal: true };
  }
  const told = `${whose} stopped unexpectedly (${text}). The next call starts a fresh one.`;
  return { code: 'worker_failed', message: told, fatal: true };
}

/** An array that the glue asked for. A stack that has overflowed is a RangeError, too. */
function isRefusedArray(error: unknown): boolean {
  return error instanceof RangeError && /alloc|memory|array length/i.test(error.message);
}

/** What the instance, or its glue, throws when there is no memory for what it cannot do without. */
const OUT_OF_MEMORY = 'out of memory';
const NO_MEMORY = 'There is no memory for this: take fewer rows, classes or estimators.';
