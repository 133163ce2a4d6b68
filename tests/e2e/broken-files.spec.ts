/**
 * Each of the engine's files missing, cut short in two ways, or a page of HTML: the start ends soon with its name and what is
 * wrong with it, or goes on without it and says so.
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { ISOLATED } from './everywhere.js';
import { DIST, type Host, TYPES } from './hosts.js';

type Api = typeof import('../../www/breakeven.js');

/** What a host does to a file; a connection that breaks off has promised all of it. */
const FAULTS = ['missing', 'HTML', 'half of it', 'broken off'] as const;
type Fault = (typeof FAULTS)[number];

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

async function brokenHost(broken: string, fault: Fault): Promise<string> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split(/[?#]/)[0] as string;
    const file = join(DIST, path);
    const isBroken = path === broken;
    if (!statSync(file, { throwIfNoEntry: false })?.isFile() || (isBroken && fault === 'missing'))
      return response.writeHead(404, ISOLATED).end();
    const content = readFileSync(file);
    const type = { ...ISOLATED, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' };
    if (!isBroken) return response.writeHead(200, type).end(content);
    const half = content.subarray(0, content.length >> 1);
    if (fault === 'half of it') return response.writeHead(200, type).end(half);
    if (fault === 'HTML')
      return response.writeHead(200, { ...type, 'Content-Type': 'text/html' }).end('<!doctype html><p>Not here.</p>');
    response.writeHead(200, { ...type, 'Content-Length': content.length });
    return response.write(half, () => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  hosts.push({ url: '', close });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What is wrong with a script, in words. */
const SCRIPT: Record<Fault, RegExp> = {
  missing: /could not be fetched: 404 http/,
  HTML: /Its host answered with text\/html/,
  'half of it': /end of input|could not be started/,
  'broken off': /could not be fetched \(.*\): http/,
};
/** And with the wasm. */
const WASM: Record<Fault, RegExp> = {
  missing: /could not be fetched: 404 http/,
  HTML: /is no WebAssembly: its host answered with text\/html/,
  'half of it': /cannot be compiled: .*end of the module/,
  'broken off': /could not be fetched \(.*\): http/,
};

/** What a start comes to, where that file is broken. */
const FILES = {
  '/coordinator.worker.js': /^worker_failed: .*\/coordinator\.worker\.js/,
  '/wasm/threads/breakeven.js':
    /^workers: Threads could not be started: http\S*\/wasm\/threads\/breakeven\.js cannot be loaded: /,
  '/wasm/threads/breakeven_bg.wasm': /^workers: Threads could not be started: .*\/wasm\/threads\/breakeven_bg\.wasm/,
  '/isolated.worker.js': /^threads: null$/,
};

for (const [file, outcome] of Object.entries(FILES))
  for (const fault of FAULTS)
    test(`${file}: ${fault}`, async ({ page }) => {
      const url = await brokenHost(file, fault);
      await page.goto(`${url}runner.html`);
      const found = await page.evaluate(async () => {
        const { load } = (await import(new URL('breakeven.js', document.baseURI).href)) as Api;
        const told = ({ code, message }: { code: string; message: string }) => `${code}: ${message}`;
        const begun = performance.now();
        const started = await load({ n_threads: 2 }).then(
          (engine) => ({ engine, words: `${engine.environment.tier}: ${engine.environment.tier_reason}` }),
          (error) => ({ engine: null, words: told(error) }),
        );
        const ms = performance.now() - begun;
        const { engine, words } = started;
        if (!engine) return { words, ms, workers: null, n_labels: null };
        const { X, y } = await engine.makeClassification({ n_samples: 50, n_features: 4, random_state: 0 });
        const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
        const workers = await engine.predict(model, X, { strategy: 'workers' }).then(() => 'done', told);
        const { y: labels } = await engine.predict(model, X, { strategy: 'serial' });
        await engine.dispose();
        return { words, ms, workers, n_labels: labels.length };
      });
      expect(found.words).toMatch(outcome);
      expect(found.ms).toBeLessThan(5000);
      const reason = (file.endsWith('.wasm') ? WASM : SCRIPT)[fault];
      if (file !== '/isolated.worker.js') expect(found.words).toMatch(reason);
      // Without a coordinator there is nothing more to ask.
      if (found.workers === null) return;
      expect(found.n_labels).toBe(50);
      if (file !== '/isolated.worker.js') return expect(found.workers).toBe('done');
      expect(found.workers).toMatch(
        /^workers_unavailable: An isolated worker could not be started from http.*\/isolated\.worker\.js/,
      );
      expect(found.workers).toMatch(reason);
    });
