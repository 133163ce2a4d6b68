/** Other people's hosts: pages of another origin, and static hosts that send what they like. */
import { readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** The built site, served with its headers (playwright.config.ts). */
export const SITE = `http://127.0.0.1:${process.env.BREAKEVEN_E2E_PORT}/`;
export const DIST = join(import.meta.dirname, '../../dist');

export interface Host {
  url: string;
  close: () => void;
}

/** What a host answers instead of a file's content. */
export type Altered = (file: string) => string | Uint8Array | null;

export const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

async function listen(answer: RequestListener, name: string): Promise<Host> {
  const server: Server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${name}:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The files of a folder, of which one comes in parts, one every so often; where not all, only the first. */
export function slowHost(
  folder: string,
  slow: string,
  { every_ms, n_parts, all }: { every_ms: number; n_parts: number; all: boolean },
): Promise<Host> {
  return listen(async (request, response) => {
    const path = (request.url ?? '/').split(/[?#]/)[0] ?? '/';
    const file = join(folder, normalize(path));
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
    const content = readFileSync(file);
    if (path !== slow) return response.end(content);
    const length = Math.ceil(content.length / n_parts);
    for (let part = 0; part < (all ? n_parts : 1); part++) {
      response.write(content.subarray(part * length, (part + 1) * length));
      await new Promise((resolve) => setTimeout(resolve, every_ms));
    }
    return all ? response.end() : response;
  }, 'localhost');
}

/** A page with the headers given and no others; as `localhost` it is another site than 127.0.0.1. */
export function blog(html: string, headers: Record<string, string> = {}, name = 'localhost'): Promise<Host> {
  return listen((request, response) => {
    // Every browser asks for the icon.
    if (request.url === '/favicon.ico') return response.writeHead(204).end();
    if (request.url !== '/') return response.writeHead(404).end();
    return response
      .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...headers })
      .end(`<!doctype html>${html}`);
  }, name);
}

/** A folder below some path of a static host that sends types and nothing else. */
export function staticHost(
  folder: string,
  path = '/',
  headers: Record<string, string> = {},
  altered: Altered = () => null,
): Promise<Host> {
  return listen((request, response) => {
    const asked = normalize(decodeURIComponent((request.url ?? '/').split(/[?#]/)[0] ?? '/'));
    if (!asked.startsWith(path)) return response.writeHead(404).end();
    const rest = asked.slice(path.length);
    const file = join(folder, rest === '' || rest.endsWith('/') ? `${rest}index.html` : rest);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    return response
      .writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers })
      .end(altered(file) ?? readFileSync(file));
  }, 'localhost');
}
