/** Visitors as they come: pages that move the element, tabs side by side, browsers that hold things back. */
import { expect, type Page, test } from '@playwright/test';
import { cores, everywhere } from './everywhere.js';
import { blog, type Host, SITE } from './hosts.js';
import { ready, run, TINY } from './run.js';
import { expectSense } from './sense.js';

test.describe.configure({ timeout: 90_000 });

/** As little as there is, of one classifier. */
const ONE = TINY.replace('NB,RF', 'NB');

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

/** Everything that a visitor's console would show as wrong. */
function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  return problems;
}

const reportOf = (page: Page) => page.evaluate(() => document.querySelector('breakeven-lab')?.report ?? null);

test('moved while it runs, the element runs on; taken out and put back, it keeps what a script set and runs again', async ({
  page,
}) => {
  const problems = problemsOf(page);
  const host = await blog(
    `<main><breakeven-lab models="NB"></breakeven-lab></main><aside></aside>
     <script type="module" src="${SITE}breakeven-lab.js"></script>`,
  );
  hosts.push(host);
  await page.goto(host.url);
  const found = await page.evaluate(async () => {
    await customElements.whenDefined('breakeven-lab');
    const lab = document.querySelector('breakeven-lab') as HTMLElementTagNameMap['breakeven-lab'];
    const [main, aside] = [document.querySelector('main'), document.querySelector('aside')];
    const mine = {
      data: { n_samples: 700 },
      classifiers: { NB: { estimator: 'GaussianNB', param_grid: {} } },
      inference: { n_samples: 2000 },
      sweep: { batch_sizes: [10, 1000], budget_ms: 20 },
    } as const;
    lab.experiment = mine as unknown as typeof lab.experiment;
    lab.tier = 'workers';
    const events: string[] = [];
    for (const name of ['breakeven-result', 'breakeven-error', 'breakeven-cancel'] as const)
      lab.addEventListener(name, () => events.push(name));
    const begun = () => new Promise((resolve) => lab.addEventListener('breakeven-progress', resolve, { once: true }));
    const settled = (run: Promise<void>) =>
      Promise.race([
        run.then(() => lab.state),
        new Promise<string>((resolve) => setTimeout(() => resolve('open'), 15_000)),
      ]);
    const states: string[] = [];
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    // Moved.
    let [going, run] = [begun(), lab.run()];
    await going;
    aside?.append(lab);
    states.push(await settled(run));

    // Out for a while, by three ways.
    for (const out of [() => lab.remove(), () => aside?.replaceChildren(), () => lab.parentElement?.remove()]) {
      [going, run] = [begun(), lab.run()];
      await going;
      out();
      states.push(await settled(run));
      await wait(50);
      main?.append(lab);
      await wait(50);
      states.push(JSON.stringify(lab.experiment) === JSON.stringify(mine) ? lab.tier : 'settings lost');
      if (aside?.isConnected) aside.append(lab);
    }
    states.push(await settled(lab.run()));
    return { states, events, n_samples: lab.report?.experiment.data, tier: lab.environment?.tier };
  });
  expect(found.states).toEqual(['done', ...Array(3).fill(['cancelled', 'workers']).flat(), 'done']);
  expect(found.events).toEqual(['breakeven-result', ...Array(3).fill('breakeven-cancel'), 'breakeven-result']);
  expect(found).toMatchObject({ n_samples: { n_samples: 700 }, tier: 'workers' });
  expect(problems).toEqual([]);
});

test('moved into another document, the element keeps its looks and runs there', async ({ page }) => {
  await ready(page, TINY);
  const sheets = await page.evaluate(async () => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const lab = document.querySelector('breakeven-lab');
    if (!lab) return [];
    frame.contentDocument?.body.append(lab);
    await lab.load();
    return lab.shadowRoot?.adoptedStyleSheets.map((sheet) => sheet.cssRules.length > 0) ?? [];
  });
  expect(sheets.length).toBeGreaterThan(0);
  expect(sheets).not.toContain(false);
  const there = page.frameLocator('iframe').last();
  await there.getByTestId('run').click();
  await expect(there.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  expect(await there.getByTestId('run').evaluate((button) => getComputedStyle(button).borderRadius)).not.toBe('0px');
});

test('two tabs that run at the same time both come to their end, with numbers that can be', async ({ context }) => {
  const pages = [await context.newPage(), await context.newPage()];
  const problems = pages.map(problemsOf);
  for (const page of pages) await ready(page, ONE);
  await Promise.all(pages.map((page) => run(page)));
  for (const page of pages) {
    expectSense(await reportOf(page));
    await expect(page.getByTestId('verdict')).toContainText('On this machine,');
  }
  expect(problems.flat()).toEqual([]);
});

test('where every storage is blocked the page loads, runs and shares', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const problems = problemsOf(page);
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches', 'cookieStore']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    }
    Object.defineProperty(Document.prototype, 'cookie', {
      get() {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      },
    });
  });
  await ready(page, ONE);
  expect(
    await page.evaluate(() =>
      Promise.resolve()
        .then(() => localStorage)
        .catch(({ name }) => name),
    ),
  ).toBe('SecurityError');
  await run(page);
  expectSense(await reportOf(page));
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('shared-link')).toHaveValue(/#.*results=/);
  await expect(page.getByTestId('share-status')).toContainText('Copied');
  expect(problems).toEqual([]);
});

for (const n of [1, 2, 3, 128, undefined]) {
  test(`a machine that tells of ${n ?? 'no'} cores gets an engine, and a run that ends`, async ({ page }) => {
    const problems = problemsOf(page);
    const other = await everywhere(page, cores(n));
    hosts.push(other);
    await page.goto(`${other.url}runner.html`);
    const found = await page.evaluate(async () => {
      const { load } = (await import(
        new URL('breakeven.js', document.baseURI).href
      )) as typeof import('../../www/breakeven.js');
      const engine = await load();
      const { X, y } = await engine.makeClassification({ n_samples: 2000, n_features: 6, random_state: 0 });
      const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
      const serial = await engine.predict(model, X, { strategy: 'serial' });
      const same: boolean[] = [];
      for (const strategy of ['threads', 'workers', 'async', 'auto'] as const) {
        const { y } = await engine.predict(model, X, { strategy });
        same.push(y.every((label, row) => label === serial.y[row]));
      }
      const { n_threads, hardware_concurrency, tier } = engine.environment;
      await engine.dispose();
      return { n_threads, hardware_concurrency, tier, same };
    });
    const told = n ?? 1;
    expect(found).toEqual({
      n_threads: Math.min(told, 32),
      hardware_concurrency: told,
      tier: 'threads',
      same: [true, true, true, true],
    });
    expect(other.asked.get('isolated.worker.js')).toBe(Math.min(told, 16));
    await ready(page, ONE, other.url);
    await run(page);
    expectSense(await reportOf(page), 5000);
    expect(problems).toEqual([]);
  });
}

test('a browser that isolates the page and has no shared memory is named as the reason', async ({ page }) => {
  const problems = problemsOf(page);
  const other = await everywhere(page, 'delete globalThis.SharedArrayBuffer;');
  hosts.push(other);
  await ready(page, ONE, other.url);
  expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'undefined']);
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'workers');
  const reason = page.getByTestId('tier-reason');
  await expect(reason).toContainText('cross-origin isolated, but this browser has no SharedArrayBuffer');
  await expect(reason).not.toContainText('headers');
  await run(page);
  expectSense(await reportOf(page));
  expect(problems).toEqual([]);
});
