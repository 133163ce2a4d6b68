// A small server for dist/: isolation headers, right types, compression, nothing outside the folder.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { headersFor } from './headers.mjs';
import { Fail, main, ROOT } from './run.mjs';

const DIST = join(ROOT, 'dist');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.bin': 'application/octet-stream',
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.map', '.svg', '.txt', '.wasm', '.bin']);

// Quality 5: the files are compressed at every request, and the best quality takes seconds for the wasm.
const ENCODERS = {
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: () => createGzip(),
};

/** The path below dist/ that a request names, or null if it names something outside or unreadable. */
function pathOf(url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/)[0]);
    if (!path.startsWith('/') || path.includes('\0') || path.includes('\\')) return null;
    const clean = normalize(path);
    if (clean.split(sep).includes('..')) return null;
    return clean.endsWith('/') ? `${clean}index.html` : clean;
  } catch {
    return null;
  }
}

function answer(request, response, beside) {
  const path = pathOf(request.url);
  const prefix = path && Object.keys(beside).find((prefix) => path.startsWith(prefix));
  const file = path && (prefix ? join(beside[prefix], path.slice(prefix.length)) : join(DIST, path));
  const end = (status, text) =>
    response.writeHead(status, { ...headersFor(path), 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
  if (!['GET', 'HEAD'].includes(request.method)) return end(405, 'Only GET and HEAD\n');
  if (!file) return end(400, 'Bad path\n');
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) return end(404, `There is no ${path}\n`);

  const type = extname(file);
  // Weak: one tag for the file in every encoding.
  const etag = `W/"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}"`;
  const headers = {
    ...headersFor(path),
    'Content-Type': TYPES[type] ?? 'application/octet-stream',
    'Cache-Control': 'no-cache',
    ETag: etag,
    Vary: 'Accept-Encoding',
  };
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, headers).end();
  const accepted = request.headers['accept-encoding'] ?? '';
  const encoding = COMPRESSED.has(type) ? Object.keys(ENCODERS).find((name) => accepted.includes(name)) : undefined;
  if (encoding) headers['Content-Encoding'] = encoding;
  else headers['Content-Length'] = stat.size;
  response.writeHead(200, headers);
  if (request.method === 'HEAD') return response.end();
  const streams = [createReadStream(file), ...(encoding ? [ENCODERS[encoding]()] : []), response];
  pipeline(streams, (error) => error && response.destroy());
}

/**
 * Serves dist/ to this machine only; `beside` are other folders by the start of their paths. Port 0 is any free one.
 * Resolves with { url, close }.
 */
export function serve(port = 0, beside = {}) {
  if (!existsSync(join(DIST, 'index.html'))) throw new Fail('dist/ is not built: type `npm run build`.');
  const server = createServer((request, response) => answer(request, response, beside));
  return new Promise((resolve, reject) => {
    server.on('error', (error) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Fail(`Port ${port} is taken: choose another with \`npm start -- --port N\`.`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => {
      const close = () => new Promise((done) => server.close(done) && server.closeAllConnections());
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, close });
    });
  });
}

/** The --port of the command line. */
export function portArgument(fallback) {
  let port;
  try {
    port = Number(parseArgs({ options: { port: { type: 'string', default: String(fallback) } } }).values.port);
  } catch (error) {
    throw new Fail(error.message);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Fail('--port takes a number from 0 to 65535.');
  return port;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => console.log((await serve(portArgument(0))).url));
}
