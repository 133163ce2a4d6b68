/** The caller's end: every call settles, whatever becomes of the worker. */
import { BreakevenError } from '../error.js';
import { type Channel, type Progress, type Reply, type Request, UNREADABLE } from './messages.js';

interface Open {
  resolve(value: unknown): void;
  reject(error: BreakevenError): void;
  onProgress?: ((progress: Progress) => void) | undefined;
}

export class Caller {
  readonly #channel: Channel;
  readonly #onFatal: (error: BreakevenError) => void;
  readonly #open = new Map<number, Open>();
  #next = 1;
  /** Why there will be no more answers. */
  ended: BreakevenError | null = null;

  /** `onFatal` hears that the worker can do no more; it is to end this one. */
  constructor(channel: Channel, onFatal: (error: BreakevenError) => void) {
    this.#channel = channel;
    this.#onFatal = onFatal;
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isReply(data)) this.#hear(data);
      else
        this.#onFatal(
          new BreakevenError('worker_failed', 'The engine said what is no answer. The next call starts a fresh one.'),
        );
    };
    channel.onmessageerror = () => this.#hear({ id: null, ok: false, ...UNREADABLE });
  }

  /** Makes one call; throws the error of arguments that cannot be sent. */
  call(
    call: string,
    args: readonly unknown[],
    { onProgress, transfer = [] }: { onProgress?: Open['onProgress']; transfer?: Transferable[] } = {},
  ): { id: number; answer: Promise<unknown> } {
    const id = this.#next++;
    if (this.ended) return { id, answer: Promise.reject(this.ended) };
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#open.set(id, { resolve, reject, onProgress });
    });
    const request: Request = { id, call, args, ...(onProgress && { progress: true }) };
    try {
      this.#channel.postMessage(request, transfer);
    } catch (error) {
      this.#open.delete(id);
      // What callers give was checked: what is left is memory.
      const why = error instanceof Error ? error.message : error;
      throw new BreakevenError('out_of_memory', `What the call takes could not be sent (${why}).`);
    }
    return { id, answer };
  }

  /** Nobody waits for this call's answer any more. */
  abandon(id: number, error: BreakevenError): void {
    this.#open.get(id)?.reject(error);
    this.#open.delete(id);
  }

  /** Rejects all calls that are open, and those to come. */
  end(error: BreakevenError): void {
    if (this.ended) return;
    this.ended = error;
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }

  #hear(reply: Reply): void {
    const open = reply.id === null ? undefined : this.#open.get(reply.id);
    if ('progress' in reply) {
      open?.onProgress?.(reply.progress);
      return;
    }
    if (reply.id !== null) this.#open.delete(reply.id);
    if (reply.ok) {
      open?.resolve(reply.value);
      return;
    }
    const { code, message, setting } = reply;
    const error = new BreakevenError(code, message, typeof setting === 'string' ? setting : undefined);
    open?.reject(error);
    if (reply.fatal) this.#onFatal(error);
  }
}

/** What comes is the engine's own word; another one's would leave calls open. */
function isReply(data: unknown): data is Reply {
  if (typeof data !== 'object' || data === null) return false;
  const { id, ok, progress, code, message } = data as Partial<
    Record<'id' | 'ok' | 'progress' | 'code' | 'message', unknown>
  >;
  if (progress !== undefined) return Number.isSafeInteger(id) && typeof progress === 'object' && progress !== null;
  if (ok === true) return Number.isSafeInteger(id);
  return (
    ok === false && (id === null || Number.isSafeInteger(id)) && typeof code === 'string' && typeof message === 'string'
  );
}
