/** The packed npm package, installed elsewhere: in an app that Vite bundles, and in a page without a bundler. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { build, createServer, preview } from 'vite';
import { type Host, staticHost } from './hosts.js';

const ROOT = join(import.meta.dirname, '../..');
const APP = join(ROOT, '.cache', 'package-test');
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Uses what the package is for: the library, and the element. */
const MAIN = `
import { load } from 'breakeven';
import 'breakeven/lab';

async function go() {
  const engine = await load({ n_threads: 2 });
  const { X, y } = await engine.makeClassification({ n_samples: 600, n_features: 6, random_state: 3 });
  const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
  const serial = await engine.predict(model, X, { strategy: 'serial' });
  for (const strategy of engine.environment.tier === 'threads' ? ['threads', 'workers'] : ['workers']) {
    const other = await engine.predict(model, X, { strategy });
    if (!other.y.every((label, row) => label === serial.y[row])) throw new Error(strategy + ' differs');
  }
  const { X: flowers } = await engine.loadDataset('iris');
  if (flowers.n_rows !== 150) throw new Error('iris has ' + flowers.n_rows + ' rows');
  const { tier, tier_reason } = engine.environment;
  await engine.dispose();
  const lab = document.querySelector('breakeven-lab');
  await lab.run();
  return JSON.stringify({ tier, tier_reason, lab: lab.report?.environment.tier ?? lab.state });
}

go().then(
  (words) => { document.title = words; },
  (error) => { document.title = 'failed: ' + String(error?.message ?? error); },
);
`;

/** What a reader of the types may write, and what not. */
const TYPED = `
import { BreakevenError, type Engine, type Environment, load, type Prediction, runExperiment } from 'breakeven';
import 'breakeven/lab';

const engine: Engine = await load({ n_threads: 2, frame: 'never' });
const { X, y } = await engine.makeClassification({ n_samples: 600, n_features: 6, random_state: 3 });
const found: Prediction = await engine.predict(await engine.fit({ estimator: 'GaussianNB' }, X, y), X);
const first: number | undefined = found.y[0];
const verdict: string = (await runExperiment(engine, { sweep: { models: ['NB'] } })).verdict;
// @ts-expect-error There is no such estimator.
await engine.fit({ estimator: 'Oracle' }, X, y);

const lab = document.querySelector('breakeven-lab');
const environment: Environment | null | undefined = lab?.environment;
lab?.addEventListener('breakeven-result', ({ detail }) => console.log(detail.training[0]?.test_acc.toFixed(4)));
lab?.addEventListener('breakeven-error', ({ detail }) => console.log(detail.code, detail instanceof BreakevenError));
console.log(first, verdict, environment);
`;

const body = (script: string) => `<!doctype html>
<title>running</title>
<breakeven-lab models="NB" data.n_samples="500" inference.n_samples="1000" sweep.batch_sizes="10 1000" sweep.budget_ms="20"></breakeven-lab>
${script}`;

const npm = (args: string[], cwd: string) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

let packed: string[] = [];

test.describe.configure({ mode: 'serial', timeout: 180_000 });

test.beforeAll(() => {
  rmSync(APP, { recursive: true, force: true });
  mkdirSync(join(APP, 'src'), { recursive: true });
  const [{ filename, files }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', APP], ROOT),
  );
  packed = files.map(({ path }: { path: string }) => path);
  writeFileSync(join(APP, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
  npm(['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], APP);
  writeFileSync(join(APP, 'src', 'main.js'), MAIN);
  writeFileSync(join(APP, 'src', 'typed.ts'), TYPED);
  writeFileSync(join(APP, 'index.html'), body('<script type="module" src="./src/main.js"></script>'));
});

async function outcome(page: Page, url: string): Promise<{ tier: string; tier_reason: string | null; lab: string }> {
  await page.goto(url);
  await expect(page).not.toHaveTitle('running', { timeout: 90_000 });
  const title = await page.title();
  expect(title).not.toMatch(/^failed/);
  return JSON.parse(title);
}

test('holds what is needed and nothing else, and installs without dependencies', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'LICENSE-MIT',
      'LICENSE-APACHE',
      'dist/breakeven.js',
      'dist/breakeven-lab.js',
      'dist/breakeven-embed.js',
      'dist/engine.html',
      'dist/wasm/threads/breakeven_bg.wasm',
      'dist/wasm/smartcore.wasm',
      'dist/wasm/table.wasm',
      'dist/types/breakeven.d.ts',
    ]),
  );
  const rest = packed.filter((path) => !/^(dist\/|package\.json|README\.md|LICENSE-)/.test(path));
  expect(rest).toEqual([]);
  expect(packed.filter((path) => path.startsWith('dist/runner') || path.endsWith('.map'))).toEqual([]);
  expect(readdirSync(join(APP, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['breakeven']);
});

test('its types say what it does', () => {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const flags =
    '--ignoreConfig --noEmit --strict --target es2022 --module esnext --moduleResolution bundler --types'.split(' ');
  const out = execFileSync(tsc, [...flags, '', '--lib', 'es2024,dom,dom.iterable', 'src/typed.ts'], {
    cwd: APP,
    encoding: 'utf8',
  });
  expect(out).toBe('');
});

test('in an app that Vite has built it runs in threads', async ({ page }) => {
  await build({ root: APP, configFile: false, base: './', logLevel: 'error' });
  const server = await preview({
    root: APP,
    configFile: false,
    logLevel: 'error',
    preview: { port: 0, headers: ISOLATED },
  });
  try {
    const { port } = server.httpServer.address() as AddressInfo;
    expect(await outcome(page, `http://localhost:${port}/`)).toEqual({
      tier: 'threads',
      tier_reason: null,
      lab: 'threads',
    });
  } finally {
    await server.close();
  }
});

test('in an app that Vite serves while it is written it runs in threads', async ({ page }) => {
  const server = await createServer({
    root: APP,
    configFile: false,
    logLevel: 'error',
    server: { port: 0, headers: ISOLATED },
  });
  try {
    await server.listen();
    const { port } = (server.httpServer as NonNullable<typeof server.httpServer>).address() as AddressInfo;
    expect(await outcome(page, `http://localhost:${port}/`)).toEqual({
      tier: 'threads',
      tier_reason: null,
      lab: 'threads',
    });
  } finally {
    await server.close();
  }
});

test.describe('in a page without a bundler', () => {
  const hosts: Host[] = [];
  test.afterEach(() => {
    for (const host of hosts.splice(0)) host.close();
  });

  const PLAIN = body(`<script type="importmap">
      { "imports": { "breakeven": "./node_modules/breakeven/dist/breakeven.js",
                     "breakeven/lab": "./node_modules/breakeven/dist/breakeven-lab.js" } }
    </script>
    <script type="module">${MAIN}</script>`);

  test('it runs in threads where the page is isolated', async ({ page }) => {
    writeFileSync(join(APP, 'plain.html'), PLAIN);
    const host = await staticHost(APP, '/some/path/', ISOLATED);
    hosts.push(host);
    const found = await outcome(page, `${host.url}some/path/plain.html`);
    expect(found).toEqual({ tier: 'threads', tier_reason: null, lab: 'threads' });
  });

  test('and says why not where it is not', async ({ page }) => {
    const host = await staticHost(APP);
    hosts.push(host);
    const found = await outcome(page, `${host.url}plain.html`);
    expect(found).toMatchObject({ tier: 'workers', lab: 'workers' });
    expect(found.tier_reason).toContain('not cross-origin isolated');
  });
});
