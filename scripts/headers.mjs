// The response headers of the site: sent by scripts/serve.mjs, and written to dist/_headers for static hosts.

export const CSP = [
  "default-src 'none'",
  // wasm-bindgen compiles WebAssembly; nothing evaluates text.
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  // No text becomes code or markup but by these: addresses of workers, templates of Lit, the guide's inert parsing.
  "require-trusted-types-for 'script'",
  "trusted-types breakeven lit-html breakeven-guide 'allow-duplicates'",
  "connect-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** For every file. COOP and COEP make a page isolated, CORP and CORS let other sites embed it and import its modules. */
const EVERYWHERE = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Access-Control-Allow-Origin': '*',
  'Content-Security-Policy': CSP,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Isolates the frame on a page that is not isolated itself. */
const FRAME = { 'Document-Isolation-Policy': 'isolate-and-credentialless' };

const FRAMES = ['/embed.html', '/engine.html'];

export function headersFor(path) {
  return FRAMES.includes(path) ? { ...EVERYWHERE, ...FRAME } : EVERYWHERE;
}

/** In the format that Netlify and Cloudflare Pages read; rules for one path add up. */
export function headersFile() {
  const rule = (path, headers) =>
    [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join('\n');
  // Some hosts have a page go by its name without the extension.
  const frames = FRAMES.flatMap((path) => [path, path.replace(/\.html$/, '')]);
  return `${[rule('/*', EVERYWHERE), ...frames.map((path) => rule(path, FRAME))].join('\n\n')}\n`;
}
