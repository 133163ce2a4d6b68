/**
 * A disk that is full: nothing can be kept for the page. It keeps nothing but that it has been loaded anew to turn threads
 * on; where that cannot be kept, it says so.
 */
import { expect, type Page, test } from '@playwright/test';
import { DIST, type Host, staticHost } from './hosts.js';
import { ready, run, TINY } from './run.js';
import { expectSense } from './sense.js';

test.describe.configure({ timeout: 90_000 });

const ONE = TINY.replace('NB,RF', 'NB');

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

/** Takes all that the origin may have, and fills what a tab has of its own. */
async function fill(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  const refused = await page.evaluate(async () => {
    const names: Record<string, string> = {};
    for (const kind of ['localStorage', 'sessionStorage'] as const) {
      for (let length = 1 << 20; length >= 1; length = length > 1 ? length >> 1 : 0) {
        try {
          for (let nth = 0; ; nth++) window[kind].setItem(`full ${length} ${nth}`, 'x'.repeat(length));
        } catch (error) {
          names[kind] = (error as DOMException).name;
        }
      }
    }
    names.caches = await caches
      .open('full')
      .then((cache) => cache.put('/full', new Response('x'.repeat(1 << 20))))
      .then(
        () => 'kept',
        ({ name }) => name,
      );
    return names;
  });
  const full = 'QuotaExceededError';
  expect(refused).toEqual({ localStorage: full, sessionStorage: full, caches: full });
}

test('where storage is full the page runs, shares and saves', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await ready(page, ONE);
  await fill(page);
  await page.reload();
  await ready(page, ONE);
  for (const _ of [1, 2]) {
    await run(page);
    expectSense(await page.evaluate(() => document.querySelector('breakeven-lab')?.report ?? null));
  }
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('shared-link')).toHaveValue(/#.*results=/);
  const saving = page.waitForEvent('download');
  await page.getByTestId('download-report').click();
  expect(await (await saving).failure()).toBeNull();
  await expect(page.getByTestId('error')).toHaveText('');
  expect(problems).toEqual([]);
});

test('where storage is full and the host sends no headers, turning threads on says what is left to do', async ({
  page,
}) => {
  const host = await staticHost(DIST);
  hosts.push(host);
  await ready(page, ONE, `${host.url}index.html`);
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'workers');
  await fill(page);
  await page.getByTestId('turn-threads-on').click();
  const told = page.getByTestId('threads-problem');
  await expect(told).toHaveText(/Now reload the page: storage is full|could not be registered \(/);
  await run(page);
  if ((await told.textContent())?.includes('registered')) return;
  await page.reload();
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'threads', { timeout: 30_000 });
  await run(page);
});
