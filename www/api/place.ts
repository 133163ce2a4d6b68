/** Where a coordinator runs: in a worker of this page, or in one of a hidden frame of the engine's own origin. */
import { startCoordinator } from './coordinator/host.js';
import { BreakevenError, type ErrorCode } from './error.js';
import type { Files } from './files.js';
import type { FrameWord } from './protocol.js';
import type { LastWords } from './worker-liveness.js';

export interface Place {
  /** Calls go this way. */
  readonly port: MessagePort;
  /** Whether memory can be shared between threads there. */
  readonly isolated: boolean;
  onFailure(hear: (why: LastWords) => void): void;
  /** Ends the coordinator, and with it its pools and memory. */
  end(): void;
}

/** A frame whose document has been loaded and which has still said nothing after this long holds something else. */
const GRACE_MS = 1_000;
/** How often it is looked whether the page still has the frame. */
const LOOK_MS = 250;
const THROWN_AWAY: LastWords = {
  code: 'worker_failed',
  message: 'The page has removed the engine’s hidden frame, and with it the engine. The next call starts a fresh one.',
};
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
  const { port1, port2 } = new MessageChannel();
  let hear: (why: LastWords) => void = () => {};
  const coordinator = startCoordinator(files, port2, (why) =>
    hear(isSandboxed() ? { ...why, message: SANDBOXED } : why),
  );
  return {
    port: port1,
    isolated: isIsolated(),
    onFailure(listener) {
      hear = listener;
    },
    end() {
      coordinator.end();
      port1.close();
    },
  };
}

/**
 * A coordinator in a hidden frame. The frame's document asks to be isolated (Document-Isolation-Policy), whatever the
 * page around it is; it speaks first, and gets its ports only if it is the frame that was made and of its origin.
 *
 * Throws BreakevenError 'worker_failed' when the frame cannot be loaded, 'timeout' when it does not come.
 */
export async function openInFrame(url: string, timeout_ms: number): Promise<Place> {
  const frame = hiddenFrame(url);
  try {
    const { isolated } = await helloOf(frame, url, timeout_ms);
    const calls = new MessageChannel();
    const control = new MessageChannel();
    const word: FrameWord = { breakeven: 'start' };
    frame.contentWindow?.postMessage(word, new URL(url).origin, [calls.port2, control.port2]);
    let fail: (why: LastWords) => void = () => {};
    // Pages that swap their content throw it away; one that is only moved is loaded anew, and says so.
    const look = setInterval(() => frame.isConnected || fail(THROWN_AWAY), LOOK_MS);
    const again = (event: MessageEvent) => isHello(event, frame, url) && fail(THROWN_AWAY);
    addEventListener('message', again);
    return {
      port: calls.port1,
      isolated,
      onFailure(hear) {
        fail = hear;
        control.port1.onmessage = ({ data }: MessageEvent<LastWords>) => hear(data);
      },
      end() {
        clearInterval(look);
        removeEventListener('message', again);
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
  // In a script of the head there is no body yet.
  (document.body ?? document.documentElement).append(frame);
  return frame;
}

function isHello({ source, origin, data }: MessageEvent<FrameWord>, frame: HTMLIFrameElement, url: string): boolean {
  return source === frame.contentWindow && origin === new URL(url).origin && data?.breakeven === 'hello';
}

function helloOf(frame: HTMLIFrameElement, url: string, timeout_ms: number): Promise<{ isolated: boolean }> {
  const { origin } = new URL(url);
  return new Promise((resolve, reject) => {
    let grace: ReturnType<typeof setTimeout> | undefined;
    const fail = (code: ErrorCode, why: string) => {
      const what = `The engine's frame ${url} could not be loaded`;
      settle(() => reject(new BreakevenError(code, `${what}: ${why}.`)));
    };
    const hear = (event: MessageEvent) => {
      if (isHello(event, frame, url)) settle(() => resolve({ isolated: event.data.isolated === true }));
    };
    const refuse = ({ effectiveDirective, blockedURI }: SecurityPolicyViolationEvent) => {
      if (!['frame-src', 'child-src', 'default-src'].includes(effectiveDirective) || !url.startsWith(blockedURI))
        return;
      fail('worker_failed', `allow ${origin} in this page's frame-src`);
    };
    const patience = setTimeout(() => fail('timeout', `it did not come within ${timeout_ms} ms`), timeout_ms);
    const settle = (end: () => void) => {
      clearTimeout(patience);
      clearTimeout(grace);
      removeEventListener('message', hear);
      document.removeEventListener('securitypolicyviolation', refuse);
      end();
    };
    addEventListener('message', hear);
    document.addEventListener('securitypolicyviolation', refuse);
    const loaded = () => {
      const why = 'its host does not serve it, or forbids framing it (X-Frame-Options, frame-ancestors)';
      grace = setTimeout(() => fail('worker_failed', why), GRACE_MS);
    };
    frame.addEventListener('load', loaded, { once: true });
  });
}
