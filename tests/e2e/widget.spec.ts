import { expect, type Page, test } from '@playwright/test';
import { blog, type Host, SITE } from './hosts.js';

const QUICK =
  'models="NB" data.n_samples="500" inference.n_samples="2000" sweep.batch_sizes="10 1000" sweep.budget_ms="20"';

test.describe.configure({ timeout: 90_000 });

let hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts) host.close();
  hosts = [];
});

/** Opens a page of another site; what its console and its errors say is collected. */
async function visit(page: Page, html: string, headers: Record<string, string> = {}): Promise<string[]> {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  const host = await blog(html, headers);
  hosts.push(host);
  await page.goto(host.url);
  return problems;
}

const SCRIPT = `<script type="module" src="${SITE}breakeven-lab.js"></script>`;
const ended = (page: Page, nth = 0) =>
  expect(page.getByTestId('progress').nth(nth)).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
const report = (page: Page, nth = 0) =>
  page.evaluate((nth) => document.querySelectorAll('breakeven-lab')[nth]?.report ?? null, nth);
const frames = (page: Page) => page.evaluate(() => document.querySelectorAll('iframe').length);

test('on a blog of another site without any header, the experiment runs in threads', async ({ page }) => {
  const problems = await visit(page, `${SCRIPT}<breakeven-lab ${QUICK}></breakeven-lab>`);
  await page.getByTestId('run').click();
  await ended(page);
  const found = await report(page);
  expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([false, 'undefined']);
  expect(found?.environment).toMatchObject({ tier: 'threads', tier_reason: null, in_frame: true });
  const points = found?.sweeps.NB?.points ?? [];
  expect(points.map(({ strategy }) => strategy)).toEqual(
    expect.arrayContaining(['serial', 'threads', 'workers', 'async']),
  );
  expect(points.every(({ equal_to_serial }) => equal_to_serial)).toBe(true);
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'threads');
  await expect(page.getByTestId('tier-reason')).toHaveCount(0);
  expect(problems).toEqual([]);
});

test('a strict policy has to allow the site in script-src and frame-src, and nothing else', async ({ page }) => {
  const site = new URL(SITE).origin;
  const problems = await visit(page, `${SCRIPT}<breakeven-lab ${QUICK}></breakeven-lab>`, {
    'Content-Security-Policy': `default-src 'none'; script-src ${site}; frame-src ${site}; base-uri 'none'; form-action 'none'`,
  });
  await page.getByTestId('run').click();
  await ended(page);
  expect((await report(page))?.environment.tier).toBe('threads');
  await expect(page.getByTestId('chart-sweep-NB').locator('svg').first()).toBeVisible();
  expect(problems).toEqual([]);
});

test('a page that allows no frame gets the workers tier, the reason, and a link to a page that can do more', async ({
  page,
}) => {
  await visit(page, `${SCRIPT}<breakeven-lab ${QUICK}></breakeven-lab>`, {
    'Content-Security-Policy': "frame-src 'none'",
  });
  await page.getByTestId('run').click();
  await ended(page);
  expect((await report(page))?.environment).toMatchObject({ tier: 'workers', in_frame: false });
  await expect(page.getByTestId('tier-reason')).toContainText(`allow ${new URL(SITE).origin} in this page's frame-src`);
  const url = new URL((await page.getByTestId('own-tab').getAttribute('href')) ?? '');
  expect(url.href).toMatch(new RegExp(`^${SITE}index.html#.*sweep.batch_sizes=10,1000`));
});

test('where the frame is not isolated the engine stays in it, in the workers tier', async ({ page }) => {
  // What a browser without Document-Isolation-Policy makes of the page.
  await page.route('**/engine.html', async (route) => {
    const response = await route.fetch();
    const { 'document-isolation-policy': _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  const site = new URL(SITE).origin;
  await visit(page, `${SCRIPT}<breakeven-lab ${QUICK}></breakeven-lab>`, {
    'Content-Security-Policy': `default-src 'none'; script-src ${site}; frame-src ${site}`,
  });
  await page.getByTestId('run').click();
  await ended(page);
  expect((await report(page))?.environment).toMatchObject({ tier: 'workers', in_frame: true });
  await expect(page.getByTestId('tier-reason')).toContainText('Chrome or Edge 137');
  await expect(page.getByTestId('own-tab')).toBeVisible();
});

test('on an isolated page of another site it runs in threads, too', async ({ page }) => {
  const problems = await visit(page, `${SCRIPT}<breakeven-lab ${QUICK}></breakeven-lab>`, {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.getByTestId('run').click();
  await ended(page);
  expect((await report(page))?.environment.tier).toBe('threads');
  expect(problems).toEqual([]);
});

test('nothing but the loader is fetched before it is seen, and no wasm before it is run', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(SITE)) fetched.push(new URL(request.url()).pathname);
  });
  await visit(
    page,
    `${SCRIPT}<p style="height: 4000px">Text</p>
     <breakeven-lab ${QUICK}><p id="words">Until it is there</p><p id="recorded" slot="recorded">Recorded</p></breakeven-lab>`,
  );
  await page.waitForFunction(() => customElements.get('breakeven-lab'));
  await page.waitForTimeout(300);
  expect(fetched.filter((path) => !path.startsWith('/breakeven-lab'))).toEqual([]);
  await expect(page.getByTestId('run')).toHaveCount(0);
  for (const id of ['words', 'recorded']) expect(await page.locator(`#${id}`).isVisible(), id).toBe(true);

  await page.locator('breakeven-lab').scrollIntoViewIfNeeded();
  await expect(page.getByTestId('run')).toBeVisible();
  expect(await page.locator('#recorded').isVisible()).toBe(true);
  expect(await page.locator('#words').isVisible()).toBe(false);
  expect(fetched.some((path) => path.endsWith('.wasm') || path.endsWith('engine.html'))).toBe(false);

  await page.getByTestId('run').click();
  await ended(page);
  expect(await page.locator('#recorded').isVisible()).toBe(false);
  const wasm = fetched.filter((path) => path.endsWith('.wasm'));
  expect(new Set(wasm)).toEqual(new Set(['/wasm/threads/breakeven_bg.wasm']));
});

for (const chunk of ['face', 'dress', 'run']) {
  test(`a missing ${chunk} chunk is told in the element's place, and reloading helps`, async ({ page }) => {
    const missing = `**/${chunk}-*.js`;
    await page.route(missing, (route) => route.fulfill({ status: 404 }));
    const problems = await visit(
      page,
      `<script type="module">
        window.told = [];
        addEventListener('breakeven-error', ({ detail: { code, message } }) => window.told.push(code + ' ' + message));
      </script>${SCRIPT}<breakeven-lab autostart="load" ${QUICK}></breakeven-lab>`,
    );
    const alert = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
    await expect(alert).toContainText(/could not be loaded: .*\.js\. Reload the page to try again\./);
    const told = await page.evaluate(() => (window as unknown as { told: string[] }).told);
    expect(told[0]).toMatch(/^worker_failed .*\.js$/);
    // The browser's own line for a file that is missing; no rejection that nobody has caught.
    for (const problem of problems) expect(problem).toMatch(/^Failed to load resource/);
    await page.unroute(missing);
    await alert.getByRole('button', { name: 'Reload the page' }).click();
    await expect(page.getByTestId('run')).toBeVisible();
    await expect(alert).toHaveCount(0);
  });
}

test('where the script of the isolated workers is missing, the run measures the others and says so', async ({
  page,
}) => {
  await page.route('**/isolated.worker.js*', (route) => route.fulfill({ status: 404 }));
  await visit(page, `${SCRIPT}<breakeven-lab ${QUICK}></breakeven-lab>`);
  await page.getByTestId('run').click();
  await ended(page);
  const found = await report(page);
  const measured = new Set(found?.sweeps.NB?.points.map(({ strategy }) => strategy));
  expect([...measured].sort()).toEqual(['serial', 'threads']);
  expect(found?.notes.join()).toMatch(
    /Not measured: workers and async\. An isolated worker could not be started from http.*isolated\.worker\.js/,
  );
});

test('autostart="visible" starts when it is seen', async ({ page }) => {
  await visit(
    page,
    `${SCRIPT}<p style="height: 4000px">Text</p>
     <breakeven-lab ${QUICK} autostart="visible" hide="run settings"></breakeven-lab>`,
  );
  await page.waitForFunction(() => customElements.get('breakeven-lab'));
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => document.querySelector('breakeven-lab')?.state)).toBe('idle');
  await page.locator('breakeven-lab').scrollIntoViewIfNeeded();
  await ended(page);
  await expect(page.getByTestId('run')).toHaveCount(0);
});

test('two on one page share one engine and take turns; the last one to leave takes it along', async ({ page }) => {
  await visit(
    page,
    `${SCRIPT}<breakeven-lab id="a" ${QUICK}></breakeven-lab>
     <breakeven-lab id="b" ${QUICK} view="sweep"></breakeven-lab>`,
  );
  const order = await page.evaluate(async () => {
    await customElements.whenDefined('breakeven-lab');
    const labs = [...document.querySelectorAll('breakeven-lab')];
    const order: string[] = [];
    for (const lab of labs) {
      for (const name of ['breakeven-progress', 'breakeven-result', 'breakeven-error'] as const) {
        lab.addEventListener(name, () => {
          const word = `${lab.id} ${name.slice(10)}`;
          if (order.at(-1) !== word) order.push(word);
        });
      }
    }
    await Promise.all(labs.map((lab) => lab.run()));
    return order;
  });
  const [first, second] = order[0]?.startsWith('a') ? ['a', 'b'] : ['b', 'a'];
  expect(order).toEqual([`${first} progress`, `${first} result`, `${second} progress`, `${second} result`]);
  expect(await frames(page)).toBe(1);
  await page.evaluate(() => document.querySelector('#a')?.remove());
  await page.waitForTimeout(100);
  expect(await frames(page)).toBe(1);
  await page.evaluate(() => document.querySelector('#b')?.remove());
  await expect.poll(() => frames(page)).toBe(0);
  await expect.poll(() => page.workers().length).toBe(0);
});

test('taken out in the middle of a run and put back, it can be run again', async ({ page }) => {
  await visit(page, `${SCRIPT}<main><breakeven-lab ${QUICK} models="NB RF"></breakeven-lab></main>`);
  for (let round = 0; round < 3; round++) {
    await page.evaluate(async () => {
      await customElements.whenDefined('breakeven-lab');
      const lab = document.querySelector('breakeven-lab');
      void lab?.run();
      Object.assign(window, { lab });
    });
    // Apart from what takes it out: an answer in the turn in which the frame goes may be lost on its way here.
    await page.waitForFunction(() => document.querySelector('breakeven-lab')?.state === 'running');
    await page.evaluate(() => document.querySelector('breakeven-lab')?.remove());
    await expect.poll(() => frames(page)).toBe(0);
    await page.evaluate(() => document.querySelector('main')?.append((window as unknown as { lab: Element }).lab));
  }
  await page.getByTestId('run').click();
  await ended(page);
  expect(await frames(page)).toBe(1);
});

test('view and hide choose the parts; unknown names are refused in words', async ({ page }) => {
  await visit(page, `${SCRIPT}<breakeven-lab ${QUICK} view="sweep verdict" hide="verdict"></breakeven-lab>`);
  await expect(page.getByTestId('run')).toBeVisible();
  await expect(page.getByTestId('setting-data-n_samples')).toHaveCount(0);
  await page.getByTestId('run').click();
  await ended(page);
  await expect(page.getByTestId('sweep')).toBeVisible();
  for (const part of ['verdict', 'training', 'inference', 'notes', 'download-report', 'embed']) {
    await expect(page.getByTestId(part), part).toHaveCount(0);
  }
  await page.evaluate(() => document.querySelector('breakeven-lab')?.setAttribute('hide', 'sweeps'));
  await expect(page.getByTestId('error')).toContainText('\'hide\' is "sweeps"');
});

test('styles neither leak in nor out; font and colour are the page’s', async ({ page }) => {
  await visit(
    page,
    `<style>
       body { font-family: Georgia, serif; color: rgb(10, 60, 20); }
       button { background: rgb(255, 0, 0); transform: rotate(3deg); }
       h2, table, section, .controls { display: none !important; }
     </style>
     ${SCRIPT}
     <button id="mine">Mine</button><table id="table"><tr><td>1</td></tr></table>
     <breakeven-lab ${QUICK}></breakeven-lab>`,
  );
  const mine = () =>
    page.locator('#mine').evaluate((element) => {
      const { background, padding, font, border, minHeight } = getComputedStyle(element);
      return { background, padding, font, border, minHeight };
    });
  const before = await mine();
  await page.getByTestId('run').click();
  await ended(page);
  expect(await mine()).toEqual(before);
  const style = await page.getByTestId('run').evaluate((element) => {
    const { backgroundColor, transform, fontFamily } = getComputedStyle(element);
    return { backgroundColor, transform, fontFamily };
  });
  expect(style).toMatchObject({ transform: 'none', fontFamily: 'Georgia, serif' });
  expect(style.backgroundColor).not.toBe('rgb(255, 0, 0)');
  await expect(page.getByTestId('results-table')).toBeVisible();
  expect(await page.getByTestId('cancel').evaluate((element) => getComputedStyle(element).color)).toBe(
    'rgb(10, 60, 20)',
  );
});
