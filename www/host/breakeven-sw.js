// breakeven-sw.js: threads on a host that cannot send headers (GitHub Pages and others). Opt-in, in a page of that host:
//
//     <script src="breakeven-sw.js"></script>
//
// The page then reloads once. This file is both that script and the service worker that it registers, which sees to
// the folder it lies in, and adds to its documents and workers the headers that isolate them. It stores nothing, and
// changes nothing where the host sends the headers itself. data-coep="require-corp" on the tag chooses that policy.

const FLAG = 'breakeven-sw reloaded';
/** Documents that other sites have in a frame. */
const FRAMED = ['engine.html', 'embed.html'];

if ('document' in globalThis) page(document.currentScript);
else worker();

/** @param {HTMLScriptElement} tag */
async function page(tag) {
  if (globalThis.crossOriginIsolated) {
    remember(null);
    return;
  }
  if (!globalThis.isSecureContext || !navigator.serviceWorker) {
    tell(tag, 'Threads need HTTPS and a browser with service workers.');
    return;
  }
  // Safari knows no credentialless; the other policy needs every image of another site to agree.
  const lenient = 'chrome' in globalThis || 'netscape' in globalThis;
  const url = new URL(tag.src);
  url.search = `?coep=${tag.dataset.coep ?? (lenient ? 'credentialless' : 'require-corp')}`;
  try {
    const rules = { createScriptURL: (/** @type {string} */ own) => own };
    const policy = globalThis.trustedTypes?.createPolicy('breakeven', rules);
    await navigator.serviceWorker.register(policy ? policy.createScriptURL(url.href) : url);
    await navigator.serviceWorker.ready;
  } catch (error) {
    tell(tag, `The service worker could not be registered (${error.message}).`);
    return;
  }
  // Once: a page that is not isolated after that never will be.
  const news = remember('yes');
  if (news) location.reload();
  else if (news === null)
    tell(tag, 'Now reload the page: storage is full or blocked here, so it cannot do so once by itself.');
  else tell(tag, 'The page was reloaded before, and this browser did not isolate it.');
}

/**
 * To whoever looks at the console, and to whoever put the tag there.
 * @param {HTMLScriptElement} tag
 * @param {string} words
 */
function tell(tag, words) {
  console.warn(`Breakeven: ${words}`);
  tag.dispatchEvent(new CustomEvent('breakeven-sw', { detail: words }));
}

/**
 * Whether it is news; null where it could not be kept, storage being full or blocked: the page would be loaded for ever.
 * @param {string | null} value
 */
function remember(value) {
  try {
    const before = sessionStorage.getItem(FLAG);
    if (value === null) sessionStorage.removeItem(FLAG);
    else sessionStorage.setItem(FLAG, value);
    return value !== before;
  } catch {
    return null;
  }
}

function worker() {
  const coep = new URLSearchParams(location.search).get('coep') ?? 'credentialless';
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('fetch', (event) => {
    const { request } = event;
    const isDocument = request.mode === 'navigate';
    if (!isDocument && request.destination !== 'worker') return;
    event.respondWith(isolated(request, isDocument, coep));
  });
}

/** @param {Request} request */
async function isolated(request, isDocument, coep) {
  const response = await fetch(request);
  // A redirect is followed by the browser, which then asks for what it leads to.
  if (response.type === 'opaqueredirect' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Embedder-Policy', coep);
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin');
  if (isDocument) headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  const name = new URL(request.url).pathname.split('/').at(-1) ?? '';
  if (isDocument && FRAMED.includes(name)) headers.set('Document-Isolation-Policy', 'isolate-and-credentialless');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
