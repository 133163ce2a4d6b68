/**
 * Tabs that nobody sees. Playwright shows every page as if it were seen, so these have a browser of their own, in which
 * a tab in the background is hidden and a frozen one stands still, its workers too.
 */
import { expect, test } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { SITE } from './hosts.js';
import { TINY } from './run.js';
import { expectSense } from './sense.js';

test.describe.configure({ timeout: 90_000 });

const ONE = `${SITE}#${TINY.replace('NB,RF', 'NB')}`;

let browser: Browser;
test.beforeEach(async () => {
  browser = await puppeteer.launch({ executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS });
});
test.afterEach(async () => {
  await browser.close();
});

const stateOf = (page: Page) => page.evaluate(() => document.querySelector('breakeven-lab')?.state);
const reportOf = (page: Page) => page.evaluate(() => document.querySelector('breakeven-lab')?.report ?? null);
const run = (page: Page) => page.evaluate(() => document.querySelector('breakeven-lab')?.run());
/** What the page shows by this name. */
const shown = (page: Page, id: string) =>
  page.evaluate(
    (id) =>
      document.querySelector('breakeven-lab')?.shadowRoot?.querySelector(`[data-testid=${id}]`)?.textContent ?? '',
    id,
  );

test('opened in the background, the page says that it was hidden, and measures when it is seen', async () => {
  const session = await browser.target().createCDPSession();
  const coming = browser.waitForTarget((target) => target.url().startsWith(ONE));
  await session.send('Target.createTarget', { url: ONE, background: true });
  const page = (await (await coming).page()) as Page;
  await page.waitForFunction(() => customElements.get('breakeven-lab'), { polling: 100 });
  expect(await page.evaluate(() => document.visibilityState)).toBe('hidden');
  await run(page);
  expect(await stateOf(page)).toBe('done');
  const hidden = (await reportOf(page))?.sweeps.NB;
  expect(hidden?.points).toEqual([]);
  expect(hidden?.break_even.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
    'unclear page_hidden',
    'unclear page_hidden',
  ]);
  expect(await shown(page, 'verdict')).toContain('because the page was hidden');
  expect(hidden?.notes).toContain('threads at 10 rows was not measured: the page was hidden.');

  await page.bringToFront();
  expect(await page.evaluate(() => document.visibilityState)).toBe('visible');
  await run(page);
  expectSense(await reportOf(page));
  expect(await shown(page, 'verdict')).not.toContain('hidden');
});

test('frozen in the middle of a run and resumed, the page ends the run, and the pause is in no number', async () => {
  const other = await browser.newPage();
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(ONE);
  await page.waitForFunction(() => customElements.get('breakeven-lab'), { polling: 100 });
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    for (const name of ['freeze', 'resume']) document.addEventListener(name, () => heard.push(name));
    void document.querySelector('breakeven-lab')?.run();
  });
  const session = await page.createCDPSession();
  for (const words of ['Training', 'Measuring batch sizes']) {
    await expect.poll(() => shown(page, 'status'), { timeout: 30_000, intervals: [20] }).toBe(words);
    // As browsers do to a tab that has been behind others for some time.
    await other.bringToFront();
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    // Longer than any time that makes sense.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    await page.bringToFront();
  }
  await expect.poll(() => stateOf(page), { timeout: 45_000 }).toBe('done');
  expect(await page.evaluate(() => (window as unknown as { heard: string[] }).heard)).toEqual([
    ...['freeze', 'resume', 'freeze', 'resume'],
  ]);
  expectSense(await reportOf(page));
  await run(page);
  expectSense(await reportOf(page));
  expect(problems).toEqual([]);
});
