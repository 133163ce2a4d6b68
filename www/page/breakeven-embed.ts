/**
 * breakeven-embed.js, for a page that has embed.html in a frame: gives the frame the height of its content. It listens
 * to frames of its own site only.
 */
import { heightIn } from './height.js';

// As a variable: a bundler would take the page for an asset.
const here = import.meta.url;
const page = new URL('embed.html', here);

function isOurs(frame: HTMLIFrameElement): boolean {
  if (!URL.canParse(frame.src)) return false;
  const { origin, pathname } = new URL(frame.src);
  return origin === page.origin && pathname === page.pathname;
}

/** Where the frame's messages come from: a sandbox without allow-same-origin takes its origin away. */
function originOf(frame: HTMLIFrameElement): string {
  const sandboxed = frame.hasAttribute('sandbox') && !frame.sandbox.contains('allow-same-origin');
  return sandboxed ? 'null' : page.origin;
}

const frames = () => [...document.querySelectorAll('iframe')].filter(isOurs);

addEventListener('message', ({ source, origin, data }) => {
  const height = heightIn(data);
  if (height === null) return;
  const frame = frames().find(({ contentWindow }) => contentWindow === source);
  if (frame && origin === originOf(frame)) frame.style.height = `${height}px`;
});

for (const frame of frames()) {
  const target = originOf(frame);
  frame.contentWindow?.postMessage({ breakeven: 'tell' }, target === 'null' ? '*' : target);
}
