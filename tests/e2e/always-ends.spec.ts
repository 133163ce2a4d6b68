/** Starting has limits and says which one was met; what the page around an engine does to it is told to its calls. */
import { chromium, expect, type Page, test } from '@playwright/test';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { blog, DIST, SITE, slowHost } from './hosts.js';
import { ready, run, TINY } from './run.js';

/** What became of load(), of the page at `url`. */
async function loaded(page: Page, options: object = {}) {
  return page.evaluate(async (given) => {
    const module = new URL('breakeven.js', document.baseURI).href;
    const { load } = (await import(module)) as typeof import('../../www/breakeven.js');
    const begun = performance.now();
    try {
      const engine = await load(given);
      const { tier, tier_reason } = engine.environment;
      const { X } = await engine.makeClassification({ n_samples: 50, n_features: 4, random_state: 0 });
      await engine.dispose();
      return { tier, reason: tier_reason, n_rows: X.n_rows, ms: performance.now() - begun };
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      return { code, reason: message, ms: performance.now() - begun };
    }
  }, options);
}

test('threads that never start are given up, and the tier below says why', async ({ page }) => {
  let n_asked = 0;
  await page.route('**/wasm/threads/breakeven.js', (route) => {
    n_asked += 1;
    // The coordinator's own is answered, that of its thread never.
    return n_asked === 1 ? route.continue() : undefined;
  });
  await page.goto('/runner.html');
  const { tier, reason, n_rows, ms } = await loaded(page, { n_threads: 2, timeout_ms: 1500 });
  expect(n_asked).toBe(2);
  expect(tier).toBe('workers');
  expect(reason).toBe('Threads could not be started: Starting 1 threads took longer than 1.5 s.');
  expect(n_rows).toBe(50);
  expect(ms).toBeLessThan(5000);
});

test('a thread that is there and then is not ends the start, which would wait for it for ever', async ({ page }) => {
  let n_asked = 0;
  await page.route('**/wasm/threads/breakeven.js', async (route) => {
    n_asked += 1;
    if (n_asked !== 2) return route.continue();
    const response = await route.fetch();
    const text = await response.text();
    // What a browser does that wants its memory back: the starter waits in shared memory for this thread.
    const closes = text.replace(/(\w+)\.wbg_rayon_start_worker\((\w+)\)/, 'self.close()');
    expect(closes).not.toBe(text);
    return route.fulfill({ response, body: closes });
  });
  await page.goto('/runner.html');
  const { tier, reason, n_rows, ms } = await loaded(page, { n_threads: 2 });
  expect(tier).toBe('workers');
  expect(reason).toContain('Threads could not be started: The engine ended unexpectedly');
  expect(n_rows).toBe(50);
  expect(ms).toBeLessThan(5000);
});

test('a worker whose script never comes is given up', async ({ page }) => {
  await page.route('**/coordinator.worker.js', () => undefined);
  await page.goto('/runner.html');
  const { code, reason, ms } = await loaded(page, { tier: 'threads' });
  expect(code).toBe('timeout');
  expect(reason).toMatch(/coordinator\.worker\.js did not start within 10 s/);
  expect(ms).toBeLessThan(15_000);
});

test('a wasm file that is something else is named with what its host sent', async ({ page }) => {
  const html = { status: 200, contentType: 'text/html', body: '<!doctype html><p>Not here.</p>' };
  await page.route('**/*.wasm', (route) => route.fulfill(html));
  await page.goto('/runner.html');
  const { code, reason } = await loaded(page);
  expect(code).toBe('worker_failed');
  expect(reason).toMatch(/breakeven_bg\.wasm is no WebAssembly: its host answered with text\/html/);
});

test('a truncated wasm file is named', async ({ page }) => {
  await page.route('**/*.wasm', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.body()).subarray(0, 10_000) });
  });
  await page.goto('/runner.html');
  const { code, reason } = await loaded(page);
  expect(code).toBe('worker_failed');
  expect(reason).toMatch(/^http.*\/breakeven_bg\.wasm cannot be compiled: \S/);
});

test('a wasm file of another version than its glue is named', async ({ page }) => {
  const empty = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  await page.route('**/*.wasm', (route) => route.fulfill({ contentType: 'application/wasm', body: empty }));
  await page.goto('/runner.html');
  const { code, reason } = await loaded(page);
  expect(code).toBe('worker_failed');
  expect(reason).toMatch(/breakeven_bg\.wasm and http.*breakeven\.js are not of one version \(.*: reload the page/);
});

test('a browser without SIMD is told what it takes, on a page that is whole', async () => {
  const args = [...CHROMIUM_FLAGS, '--js-flags=--no-enable-sse4-1'];
  const executablePath = findChromium();
  const old = await chromium.launch({ args, ...(executablePath && { executablePath }) });
  try {
    const page = await old.newPage({ baseURL: SITE });
    await page.goto('/');
    await page.getByTestId('run').click();
    await expect(page.getByTestId('error')).toContainText('this browser has no WebAssembly SIMD. That takes Chrome');
    await expect(page.getByTestId('verdict')).toContainText('Recorded');
  } finally {
    await old.close();
  }
});

test('a glue file that comes slowly is waited for as long as bytes of it come, and given up when none do', async ({
  context,
}) => {
  const outcomeOf = async (all: boolean) => {
    const page = await context.newPage();
    const host = await slowHost(DIST, '/wasm/single/breakeven.js', { every_ms: 3500, n_parts: 4, all });
    await page.goto(`${host.url}runner.html`);
    const { tier, code, reason, ms } = await loaded(page, { tier: 'workers' });
    host.close();
    return { words: `${tier ?? code} ${reason}`, ms };
  };
  // Both at once: each waits for its host.
  const [slow, stuck] = await Promise.all([outcomeOf(true), outcomeOf(false)]);
  expect(slow.words).toMatch(/^workers/);
  expect(stuck.words).toMatch(
    /^timeout Waiting for a byte of http.*\/wasm\/single\/breakeven\.js took longer than 10 s/,
  );
  for (const { ms } of [slow, stuck]) {
    expect(ms, 'longer than 10 s in all').toBeGreaterThan(10_500);
    expect(ms).toBeLessThan(25_000);
  }
});

test('a glue file that is missing is named', async ({ page }) => {
  await page.route('**/wasm/*/breakeven.js', (route) => route.fulfill({ status: 404 }));
  await page.goto('/runner.html');
  const { code, reason } = await loaded(page);
  expect(code).toBe('worker_failed');
  expect(reason).toMatch(/^http.*\/breakeven\.js cannot be loaded: \S/);
});

test('a missing script of the isolated workers is named, and the engine goes on', async ({ page }) => {
  await page.route('**/isolated.worker.js*', (route) => route.fulfill({ status: 404 }));
  await page.goto('/runner.html');
  const { told, n_labels } = await page.evaluate(async () => {
    const module = new URL('breakeven.js', document.baseURI).href;
    const { load } = (await import(module)) as typeof import('../../www/breakeven.js');
    const engine = await load();
    const { X, y } = await engine.makeClassification({ n_samples: 50, n_features: 4, random_state: 0 });
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const told = await engine.predict(model, X, { strategy: 'workers' }).then(
      () => 'no error',
      (error) => `${error.code}: ${error.message}`,
    );
    const { y: labels } = await engine.predict(model, X, { strategy: 'threads' });
    await engine.dispose();
    return { told, n_labels: labels.length };
  });
  expect(told).toMatch(
    /^workers_unavailable: An isolated worker could not be started from http.*\/isolated\.worker\.js/,
  );
  expect(n_labels).toBe(50);
});

test('a host that forbids framing, and a page that does, are told apart', async ({ page }) => {
  const load = (options = '{}') => `<body><script type="module">
    const { load } = await import('${SITE}breakeven.js');
    window.found = await load(${options}).then(({ environment }) => environment, ({ code, message }) => ({ code, tier_reason: message }));
  </script></body>`;
  const found = () =>
    page
      .waitForFunction(() => 'found' in window, undefined, { timeout: 30_000 })
      .then(() => page.evaluate(() => (window as unknown as { found: { tier_reason: string } }).found.tier_reason));
  // As the guide advises a page that allows no frame.
  const csp = `script-src 'unsafe-inline' 'wasm-unsafe-eval' ${SITE}; worker-src blob: ${SITE}; connect-src ${SITE}`;
  const strict = await blog(load(), { 'Content-Security-Policy': `frame-src 'none'; ${csp}` });
  const plain = await blog(load());
  try {
    await page.goto(strict.url);
    expect(await found()).toContain(`allow ${new URL(SITE).origin} in this page's frame-src`);
    expect(await page.evaluate(() => (window as unknown as { found: { tier: string } }).found.tier)).toBe('workers');
    await page.route('**/engine.html', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'X-Frame-Options': 'DENY' } });
    });
    await page.goto(plain.url);
    expect(await found()).toContain('X-Frame-Options');
  } finally {
    strict.close();
    plain.close();
  }
});

test('a page that throws the frame away, before it has a body or later, gets errors and then a fresh engine', async ({
  page,
}) => {
  const host = await blog(`<head><script type="module">
    const { load } = await import('${SITE}breakeven.js');
    const engine = await load();
    const in_frame = engine.environment.in_frame;
    const make = () => engine.makeClassification({ n_samples: 3000, n_features: 10, random_state: 0 });
    const codeOf = (work) => work.then(() => 'no error', ({ code, message }) => code + ' ' + message);
    const spec = { estimator: 'RandomForestClassifier', params: { n_estimators: 20000 } };
    const codes = [];
    for (const away of [
      () => document.querySelector('iframe').remove(),
      () => { document.body.innerHTML = '' },
      () => { document.body = document.createElement('body') },
      () => document.body.append(document.querySelector('iframe')),
    ]) {
      const { X, y } = await make();
      const fit = codeOf(engine.fit(spec, X, y));
      setTimeout(away, 100);
      codes.push(await fit);
    }
    const { X: fresh } = await make();
    window.found = { in_frame, codes, n_rows: fresh.n_rows };
  </script></head><body><p>A page.</p></body>`);
  try {
    await page.goto(host.url);
    await page.waitForFunction(() => 'found' in window, undefined, { timeout: 60_000 });
    const found = await page.evaluate(
      () => (window as unknown as { found: { in_frame: boolean; codes: string[]; n_rows: number } }).found,
    );
    expect(found.in_frame).toBe(true);
    expect(found.codes).toHaveLength(4);
    for (const code of found.codes) expect(code).toMatch(/^worker_failed The page has removed/);
    expect(found.n_rows).toBe(3000);
  } finally {
    host.close();
  }
});

test('below the baseline a sentence says so, and what works goes on', async ({ page }) => {
  await page.addInitScript(() => {
    const supports = CSS.supports.bind(CSS);
    CSS.supports = ((...asked: [string, string]) =>
      !asked.join().includes('light-dark(') && supports(...asked)) as typeof CSS.supports;
    for (const name of ['CompressionStream', 'DecompressionStream']) Reflect.deleteProperty(globalThis, name);
  });
  await ready(page, TINY);
  await expect(page.getByTestId('baseline')).toHaveText(
    /^\s*This browser lacks CompressionStream and light-dark\(\) colours\. Breakeven is made for Chrome and Edge 123/,
  );
  await run(page);
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('share-status')).toContainText(
    'A link takes CompressionStream, which this browser lacks',
  );
  await page.goto('/?again#results=abc');
  await expect(page.getByTestId('refused')).toContainText('take DecompressionStream, which this browser lacks');
});
