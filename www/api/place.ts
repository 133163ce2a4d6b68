/** Where a coordinator runs: in a worker of this page, or in one of a hidden frame of the engine's own origin. */
import { BreakevenError } from './error.js';
import type { Files } from './files.js';
import type { FrameWord } from './protocol.js';
import { startWorker } from './start-worker.js';

export interface Place {
  /** Comlink's end of the coordinator. */
  readonly port: MessagePort;
  /** Whether memory can be shared between threads there. */
  readonly isolated: boolean;
  onFailure(hear: (message: string) => void): void;
  /** Ends the coordinator, and with it its pools and memory. */
  end(): void;
}

/** A frame whose document has been loaded and which has still said nothing after this long holds something else. */
const GRACE_MS = 1_000;
/** A frame that has not even been loaded after this long is given up. */
const PATIENCE_MS = 20_000;
const SANDBOXED =
  'This frame is sandboxed without allow-same-origin, so it may start no worker: add allow-same-origin to its sandbox attribute.';
/** How the frame knows itself: what runs in it opens no further one. */
const FRAME_NAME = 'breakeven-engine';

/** Whether memory can be shared between the threads of this page. */
export function isIsolated(): boolean {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true;
}

/** A document without an origin of its own, in which Chromium starts no worker (tried in 148). */
export function isSandboxed(): boolean {
  return globalThis.origin === 'null';
}

/** Whether this page can and may have the engine's frame: one within a sandbox would be sandboxed, too. */
export function canFrame(files: Files): files is Files & { frame: string } {
  return files.frame !== null && !isSandboxed() && typeof document !== 'undefined' && window.name !== FRAME_NAME;
}

export function openHere(files: Files): Place {
  const worker = startWorker(files.coordinator);
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(files, [port2]);
  return {
    port: port1,
    isolated: isIsolated(),
    onFailure(hear) {
      worker.onerror = (event) => {
        event.preventDefault();
        hear(
          isSandboxed()
            ? SANDBOXED
            : event.message || `The engine's worker could not be started from ${files.coordinator}.`,
        );
      };
    },
    end() {
      worker.terminate();
      port1.close();
    },
  };
}

/**
 * A coordinator in a hidden frame. The frame's document asks to be isolated (Document-Isolation-Policy), whatever the
 * page around it is; it speaks first, and gets its ports only if it is the frame that was made and of its origin.
 *
 * Throws BreakevenError 'worker_failed' when the frame cannot be loaded.
 */
export async function openInFrame(url: string): Promise<Place> {
  const frame = hiddenFrame(url);
  try {
    const { isolated } = await helloOf(frame, url);
    const calls = new MessageChannel();
    const control = new MessageChannel();
    const word: FrameWord = { breakeven: 'start' };
    frame.contentWindow?.postMessage(word, new URL(url).origin, [calls.port2, control.port2]);
    return {
      port: calls.port1,
      isolated,
      onFailure(hear) {
        control.port1.onmessage = ({ data }: MessageEvent<string>) => hear(data);
      },
      end() {
        frame.remove();
        calls.port1.close();
        control.port1.close();
      },
    };
  } catch (error) {
    frame.remove();
    throw error;
  }
}

/** In view and not `display: none`: a browser may give a frame that nobody can see less of the processor. */
function hiddenFrame(url: string): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  const looks = {
    ...{ position: 'fixed', 'inset-block-start': '0', 'inset-inline-start': '0', width: '1px', height: '1px' },
    ...{ margin: '0', padding: '0', border: '0', opacity: '0', 'pointer-events': 'none', display: 'block' },
  };
  for (const [name, value] of Object.entries(looks)) frame.style.setProperty(name, value, 'important');
  frame.name = FRAME_NAME;
  frame.title = 'Breakeven’s engine';
  frame.tabIndex = -1;
  frame.setAttribute('aria-hidden', 'true');
  // Where the page is isolated itself, a frame of another origin needs its leave.
  frame.allow = 'cross-origin-isolated';
  frame.src = url;
  document.body.append(frame);
  return frame;
}

function helloOf(frame: HTMLIFrameElement, url: string): Promise<{ isolated: boolean }> {
  const { origin } = new URL(url);
  return new Promise((resolve, reject) => {
    let grace: ReturnType<typeof setTimeout> | undefined;
    const give_up = () => {
      const what = `The engine's frame ${url} could not be loaded`;
      settle(() => reject(new BreakevenError('worker_failed', `${what}: allow ${origin} in this page's frame-src.`)));
    };
    const hear = ({ source, origin: from, data }: MessageEvent<FrameWord>) => {
      if (source !== frame.contentWindow || from !== origin || data?.breakeven !== 'hello') return;
      settle(() => resolve({ isolated: data.isolated }));
    };
    const patience = setTimeout(give_up, PATIENCE_MS);
    const settle = (end: () => void) => {
      clearTimeout(patience);
      clearTimeout(grace);
      removeEventListener('message', hear);
      end();
    };
    addEventListener('message', hear);
    frame.addEventListener('load', () => {
      grace = setTimeout(give_up, GRACE_MS);
    });
  });
}
