/** dist/ on a host that knows nothing of it: below some path, without headers. */
import { expect, test } from '@playwright/test';
import { blog, DIST, type Host, staticHost } from './hosts.js';

const QUICK = 'data.n_samples=500&inference.n_samples=2000&classifiers=NB&sweep.batch_sizes=10,1000&sweep.budget_ms=20';
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

test.describe.configure({ timeout: 120_000 });

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

async function host(headers: Record<string, string> = {}): Promise<string> {
  const made = await staticHost(DIST, '/some/deep/path/', headers);
  hosts.push(made);
  return `${made.url}some/deep/path/`;
}

for (const [name, headers, tier] of [
  ['with the two headers', ISOLATED, 'threads'],
  ['without any header', {}, 'workers'],
] as const) {
  test(`below /some/deep/path/ ${name} the page runs in the ${tier} tier`, async ({ page }) => {
    const failed: string[] = [];
    page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
    const site = await host(headers);
    await page.goto(`${site}#${QUICK}`);
    await page.getByTestId('run').click();
    await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
    await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', tier);
    expect(failed.filter((url) => !url.endsWith('favicon.ico'))).toEqual([]);
  });
}

test('where the host sends no headers the page offers the service worker, and has threads after one reload', async ({
  page,
}) => {
  const site = await host();
  let loads = 0;
  page.on('domcontentloaded', () => {
    loads += 1;
  });
  await page.goto(`${site}index.html#${QUICK}`);
  await page.getByTestId('turn-threads-on').click();
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'threads', { timeout: 60_000 });
  expect(loads).toBe(2);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(new URL(page.url()).hash).toBe(`#${QUICK}`);
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
  // Next time it is isolated from the start.
  await page.reload();
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'threads', { timeout: 60_000 });
  expect(loads).toBe(3);
});

test('the service worker’s tag turns threads on in a page of that host, and gives up after one reload', async ({
  page,
}) => {
  let loads = 0;
  page.on('domcontentloaded', () => {
    loads += 1;
  });
  const tag = (site: string) =>
    page.evaluate((src) => {
      const script = document.createElement('script');
      // The page takes scripts by its policy only.
      const { trustedTypes } = window as unknown as {
        trustedTypes: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } };
      };
      const own = trustedTypes.createPolicy('breakeven', { createScriptURL: (url: string) => url });
      script.src = own.createScriptURL(src);
      document.head.append(script);
    }, `${site}breakeven-sw.js`);
  const isolated = () => page.evaluate(() => crossOriginIsolated);
  const site = await host();
  await page.goto(`${site}index.html`);
  expect(await isolated()).toBe(false);
  await tag(site);
  await expect.poll(() => loads).toBe(2);
  await expect.poll(() => isolated().catch(() => null)).toBe(true);

  // On another host a reload that isolated nothing, as in a browser that ignores the policy.
  const other = await host();
  await page.goto(`${other}index.html`);
  await page.evaluate(() => sessionStorage.setItem('breakeven-sw reloaded', 'yes'));
  await tag(other);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.waitForTimeout(500);
  expect(loads).toBe(3);
  expect(await isolated()).toBe(false);
});

test('a blog that takes the widget from a host without headers gets the workers tier and is told why', async ({
  page,
}) => {
  const site = await host({ 'Access-Control-Allow-Origin': '*' });
  const other = await blog(
    `<script type="module" src="${site.replace('localhost', '127.0.0.1')}breakeven-lab.js"></script>
     <breakeven-lab models="NB" data.n_samples="500" inference.n_samples="2000" sweep.batch_sizes="10 1000" sweep.budget_ms="20"></breakeven-lab>`,
  );
  hosts.push(other);
  await page.goto(other.url);
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'workers');
  await expect(page.getByTestId('tier-reason')).toContainText('Document-Isolation-Policy');
});
