/** What callers and workers say to each other: a closed protocol, in which nothing is named by a path. */
import type { ErrorCode } from '../error.js';
import type { RunOptions } from '../types.js';

export type Progress = Parameters<NonNullable<RunOptions['onProgress']>>[0];

/** A call of one method of the worker's table. */
export interface Request {
  /** Chosen by the caller; what belongs to the call comes back under it. */
  id: number;
  call: string;
  args: readonly unknown[];
  /** Whether news of its progress are wanted. */
  progress?: boolean;
}

/** An error as it travels: cloning would drop its code. Fatal where its worker can do no more. */
export interface Failure {
  code: ErrorCode;
  message: string;
  setting?: string;
  fatal: boolean;
}

/** What came and could not be read: there is no memory for it. */
export const UNREADABLE: Failure = {
  code: 'out_of_memory',
  message: 'There is no memory for what was sent. The next call starts a fresh engine.',
  fatal: true,
};

/** Under the number of its call; under none where what came was not even that. */
export type Reply =
  | { id: number; progress: Progress }
  | { id: number; ok: true; value: unknown }
  | ({ id: number | null; ok: false } & Failure);

/** An end of a channel: a port, a worker, or a worker's own global scope. */
export interface Channel {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
  /** Something came that could not be read, for want of memory. */
  onmessageerror: ((event: MessageEvent) => void) | null;
}
