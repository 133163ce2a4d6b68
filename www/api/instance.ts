/** One wasm instance, loaded by its URL: the glue's own threads import the same file, so it is never bundled. */
import type * as Threads from '../../pkg/threads/breakeven.js';
import { BreakevenError, type ErrorCode } from './error.js';
import type { Build } from './files.js';
import type { Failure } from './protocol.js';

export type Wasm = typeof Threads;
export type {
  Costs as WasmCosts,
  Dataset as WasmDataset,
  Matrix as WasmMatrix,
  Model as WasmModel,
} from '../../pkg/threads/breakeven.js';

/** Maximum sizes to try for shared memory, in 64 KiB pages: some devices refuse the larger ones. */
const MAX_PAGES = [65536, 32768, 16384, 8192];
/** More than the build's own initial size; memory grows from here. */
const INITIAL_PAGES = 128;

/** Fetches, compiles and instantiates one of the two builds. */
export async function instantiate(build: Build): Promise<Wasm> {
  const wasm = (await import(/* @vite-ignore */ build.glue)) as Wasm;
  const response = await fetch(build.wasm);
  if (!response.ok) {
    throw new BreakevenError('worker_failed', `The wasm file could not be fetched: ${response.status} ${response.url}`);
  }
  const module = await compile(response);
  if (!build.shared) {
    await wasm.default({ module_or_path: module });
    return wasm;
  }
  const memory = sharedMemory();
  await wasm.default({ module_or_path: module, memory });
  return wasm;
}

async function compile(response: Response): Promise<WebAssembly.Module> {
  const copy = response.clone();
  try {
    return await WebAssembly.compileStreaming(response);
  } catch {
    // A host that serves another MIME type.
    return WebAssembly.compile(await copy.arrayBuffer());
  }
}

function sharedMemory(): WebAssembly.Memory {
  for (const maximum of MAX_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared: true });
    } catch {
      // The next smaller one.
    }
  }
  throw new BreakevenError('out_of_memory', 'This browser gives no shared memory of even 512 MiB.');
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

/** An error that crosses to another worker: ours keep their code, a trap says that the instance is gone. */
export function describeError(error: unknown): Failure {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return { code: error.code as ErrorCode, message: error.message, fatal: false };
  }
  const text = error instanceof Error ? error.message : String(error);
  const message = `The engine stopped unexpectedly (${text}). The next call starts a fresh one.`;
  return { code: 'worker_failed', message, fatal: true };
}
