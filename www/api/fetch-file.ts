/** A file of the engine's own, by its URL. */
import { BreakevenError } from './error.js';
import { tooLate } from './within.js';

/** A fetch that brings no byte for this long is given up. */
export const SILENCE_MS = 10_000;

/** Its bytes and what its host says of it; `begun` is shown the response before its body is read. */
export async function fetchFile(
  url: string,
  what: string,
  begun?: (response: Response) => void,
  cache: RequestCache = 'default',
): Promise<{ file: Blob; type: string }> {
  const given_up = new AbortController();
  let silence: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => given_up.abort(tooLate(`Waiting for a byte of ${url}`, SILENCE_MS)), SILENCE_MS);
  };
  try {
    heard();
    const response = await fetch(url, { signal: given_up.signal, cache });
    if (!response.ok) {
      throw new BreakevenError('worker_failed', `The ${what} could not be fetched: ${response.status} ${url}`);
    }
    begun?.(response);
    return { file: await readAll(response, heard), type: response.headers.get('Content-Type') ?? 'no type' };
  } catch (error) {
    // Browsers have words of their own for a body that is given up.
    given_up.signal.throwIfAborted();
    if (error instanceof BreakevenError) throw error;
    const why = error instanceof Error ? error.message : error;
    throw new BreakevenError('worker_failed', `The ${what} could not be fetched (${why}): ${url}`);
  } finally {
    clearTimeout(silence);
  }
}

/**
 * What is wrong with a script that could not be run, by what its host answers: of that neither an import nor a worker tells
 * more than that it failed. Empty where nothing is.
 */
export async function whyNot(url: string): Promise<string> {
  try {
    const { type } = await fetchFile(url, 'script', undefined, 'no-store');
    return /javascript/i.test(type) ? '' : `Its host answered with ${type}.`;
  } catch (error) {
    return `${error instanceof Error ? error.message : error}.`;
  }
}

/** What every wasm file begins with: "\0asm". */
const MAGIC = [0, 0x61, 0x73, 0x6d];

/** A wasm file, as `fetchFile` has it; what is none, a page that says so among them, is refused. */
export async function fetchWasm(
  url: string,
  what: string,
  begun?: (response: Response) => void,
  cache?: RequestCache,
): Promise<Blob> {
  const { file, type } = await fetchFile(url, what, begun, cache);
  const start = new Uint8Array(await file.slice(0, MAGIC.length).arrayBuffer());
  if (start.join() === MAGIC.join()) return file;
  throw new BreakevenError('worker_failed', `${url} is no WebAssembly: its host answered with ${type}.`);
}

export async function fetchBytes(url: string): Promise<Uint8Array> {
  const { file } = await fetchFile(url, 'data set');
  return new Uint8Array(await file.arrayBuffer());
}

async function readAll(response: Response, heard: () => void): Promise<Blob> {
  const chunks: BlobPart[] = [];
  for (const reader = (response.body as ReadableStream<BlobPart>).getReader(); ; ) {
    const { done, value } = await reader.read();
    heard();
    if (done) return new Blob(chunks);
    chunks.push(value);
  }
}
