// dist/ on this machine, with its isolation headers. sirv does the rest: types, tags, nothing outside the folder.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { headersFor } from './headers.mjs';
import { Fail, main, ROOT } from './run.mjs';

const DIST = join(ROOT, 'dist');

/** The file that is meant, however its path is written: headers go by it. null where it means nothing. */
function pathOf(url) {
  try {
    const path = posix.normalize(decodeURIComponent(url.split(/[?#]/)[0]));
    return path.endsWith('/') ? `${path}index.html` : path;
  } catch {
    return null;
  }
}

function refuse(response, status, sentence) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Allow: 'GET, HEAD' });
  response.end(sentence);
}

/**
 * Serves dist/ to this machine only; `beside` are other folders by the start of their paths, as in '/other/'. Port 0 is
 * any free one. Resolves with { url, close }.
 */
export async function serve(port = 0, beside = {}) {
  if (!existsSync(join(DIST, 'index.html'))) throw new Fail('dist/ is not built: type `npm run build`.');
  // `npm start` loads this file before the packages are there.
  const { default: sirv } = await import('sirv');
  // dev: as the files are now, not as they were at the start.
  const folders = Object.entries({ ...beside, '/': DIST }).map(([prefix, folder]) => ({
    prefix,
    answer: sirv(folder, {
      dev: true,
      etag: true,
      extensions: [],
      onNoMatch: (request, response) => refuse(response, 404, `There is no ${request.url}.`),
    }),
  }));
  const server = createServer((request, response) => {
    const path = pathOf(request.url);
    response.setHeaders(new Map(Object.entries(headersFor(path))));
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Files are read only.');
    const { prefix, answer } = folders.find(({ prefix }) => path?.startsWith(prefix)) ?? {};
    if (!answer) return refuse(response, 404, 'There is no such file.');
    request.url = `/${path.slice(prefix.length).split('/').map(encodeURIComponent).join('/')}`;
    // Files are small, and sirv takes some ranges for others.
    delete request.headers.range;
    answer(request, response);
  });
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
