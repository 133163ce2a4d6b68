/**
 * The worker's end of calls. Whoever sends them has the methods of the table and nothing else: no other name is looked
 * up, and arguments of another shape reach no method. Plain messages, no library: this path is itself measured.
 */
import { BreakevenError } from '../error.js';
import { describeError } from '../instance.js';
import { type Channel, type Progress, type Reply, type Request, UNREADABLE } from './messages.js';
import { type Shape, text, whole } from './shapes.js';

/** What a method knows of the call that it answers. */
export interface Call {
  readonly id: number;
  onProgress(progress: Progress): void;
}

/** A method, and what its arguments must be. */
export interface Method {
  readonly shapes: readonly Shape[];
  run(call: Call, ...args: never[]): unknown;
}

/** Answers what comes by `channel`, each request under its number; `whose` is who ends where one fails for good. */
export function serve(channel: Channel, methods: ReadonlyMap<string, Method>, whose?: string): void {
  const reply = (message: Reply, transfer: Transferable[] = []) => channel.postMessage(message, transfer);
  // Nobody knows whose call it was.
  channel.onmessageerror = () => reply({ id: null, ok: false, ...UNREADABLE });
  channel.onmessage = async ({ data }: MessageEvent) => {
    const id = data !== null && typeof data === 'object' && whole.fits(data.id) ? (data.id as number) : null;
    try {
      const { method, args, progress } = read(id, data, methods);
      const call = {
        id: id as number,
        onProgress: (news: Progress) => progress && reply({ id: id as number, progress: news }),
      };
      const value = await method.run(call, ...(args as never[]));
      reply({ id: id as number, ok: true, value }, movable(value));
    } catch (error) {
      reply({ id, ok: false, ...describeError(error, whose) });
    }
  };
}

function read(id: number | null, data: Partial<Request>, methods: ReadonlyMap<string, Method>) {
  if (id === null || !text.fits(data.call) || !Array.isArray(data.args)) throw refused('This message', 'a call');
  const method = methods.get(data.call as string);
  if (!method) throw refused(`The call '${String(data.call).slice(0, 40)}'`, 'one that the engine answers');
  const { shapes } = method;
  if (data.args.length > shapes.length) throw refused(`${data.call}`, `called with at most ${shapes.length} arguments`);
  for (const [i, { wanted, fits }] of shapes.entries()) {
    if (!fits(data.args[i])) throw refused(`Argument ${i + 1} of ${data.call}`, wanted);
  }
  return { method, args: data.args, progress: data.progress === true };
}

function refused(what: string, wanted: string): BreakevenError {
  return new BreakevenError('invalid_param', `${what} is refused: it must be ${wanted}.`);
}

/** Arrays in an answer are moved, not copied: nobody here looks at them again. */
function movable(value: unknown): Transferable[] {
  const parts = ArrayBuffer.isView(value) ? [value] : value && typeof value === 'object' ? Object.values(value) : [];
  const views = parts.filter((part): part is ArrayBufferView => ArrayBuffer.isView(part));
  return [...new Set(views.map((view) => view.buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}
