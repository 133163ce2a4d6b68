import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';
import { DIST } from './hosts.js';

test('the page is isolated and starts its pool under the strict CSP', async ({ page }) => {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto('/');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'threads');
  expect(problems).toEqual([]);
});

test('breakeven.js is a module with the public exports', async ({ page }) => {
  await page.goto('/runner.html');
  const names = await page.evaluate(async (url) => Object.keys(await import(url)), '/breakeven.js');
  expect(names).toEqual(expect.arrayContaining(['load', 'runExperiment', 'BreakevenError']));
});

for (const path of ['/', '/embed.html'])
  test(`${path} says that a file is missing where one that its script imports is`, async ({ page }) => {
    const told = page.getByTestId('missing');
    await page.goto(path);
    await expect(page.getByTestId('run')).toBeVisible();
    await expect(told).toHaveCount(0);
    const script = await page.locator('script[type="module"]').getAttribute('src');
    const text = await (await page.request.get(new URL(script as string, page.url()).href)).text();
    const [, chunk] = /\bimport[^;(]*?"\.\/([^"]+)"/.exec(text) ?? [];
    await page.route(`**/${chunk}`, (route) => route.fulfill({ status: 404 }));
    await page.reload();
    await expect(told, 'while it may come').toBeHidden();
    await expect(told).toBeVisible({ timeout: 10_000 });
    await expect(told).toContainText('a file is missing on its host');
  });

test('opened from a disk, where browsers start no modules, the page says so and shows what was recorded', async ({
  page,
}) => {
  await page.goto(pathToFileURL(join(DIST, 'index.html')).href);
  await expect(page.getByTestId('missing')).toBeVisible({ timeout: 10_000 });
  await expect(page.getByTestId('missing')).toContainText('opened from a disk');
  await expect(page.locator('.recorded').first()).toBeVisible();
});

test('every file is served with its type and the isolation headers', async ({ request }) => {
  const types = {
    '/': /^text\/html/,
    '/breakeven.js': /^text\/javascript/,
    '/wasm/threads/breakeven_bg.wasm': /^application\/wasm$/,
  };
  for (const [path, type] of Object.entries(types)) {
    const headers = (await request.get(path)).headers();
    expect(headers['content-type']).toMatch(type);
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
    expect(headers['cross-origin-resource-policy']).toBe('cross-origin');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  }
  expect((await request.get('/embed.html')).headers()['document-isolation-policy']).toBe('isolate-and-credentialless');
});

test('nothing outside of the site is served', async ({ request }) => {
  for (const path of [
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/wasm/%2e%2e/%2e%2e/package.json',
    '/..%5cpackage.json',
    '/%00',
  ]) {
    expect((await request.get(path)).status()).toBeGreaterThanOrEqual(400);
  }
});
