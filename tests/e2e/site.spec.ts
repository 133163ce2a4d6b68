import { expect, test } from '@playwright/test';

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
