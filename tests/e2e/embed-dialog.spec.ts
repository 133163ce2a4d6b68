import { expect, type Page, test } from '@playwright/test';
import { blog, SITE } from './hosts.js';

const QUICK =
  'data.n_samples=500&data.weights=0.3,0.7&inference.n_samples=2000&classifiers=NB,RF&n_threads=2&sweep.batch_sizes=10,1000&sweep.budget_ms=20';

async function codeFor(page: Page, way: 'tag' | 'frame'): Promise<string> {
  await page.goto(`/#${QUICK}`);
  await page.getByTestId('embed').click();
  await expect(page.getByTestId('embed-dialog')).toBeVisible();
  await page.getByTestId(`embed-${way}`).check();
  await page.getByTestId('embed-view').selectOption('verdict sweep');
  await page.getByTestId('embed-autostart').check();
  await expect(page.getByTestId('embed-code')).toHaveValue(/\bautostart="?visible\b/);
  return page.getByTestId('embed-code').inputValue();
}

const settings = (page: Page) =>
  page.evaluate(() => {
    const lab = document.querySelector('breakeven-lab');
    return { experiment: lab?.experiment, tier: lab?.tier };
  });

test('the tag that the dialog writes says the same experiment on somebody else’s page', async ({ page, context }) => {
  const code = await codeFor(page, 'tag');
  const here = await settings(page);
  expect(here).toMatchObject({
    tier: 'auto',
    experiment: { data: { n_samples: 500, weights: [0.3, 0.7] }, n_threads: 2 },
  });
  const host = await blog(code);
  try {
    const other = await context.newPage();
    await other.goto(host.url);
    await expect(other.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
    expect(await settings(other)).toEqual(here);
    await expect(other.getByTestId('sweep')).toBeVisible();
    await expect(other.getByTestId('training')).toHaveCount(0);
    const report = await other.evaluate(() => document.querySelector('breakeven-lab')?.report);
    expect(report?.environment).toMatchObject({ tier: 'threads', n_threads: 2 });
    expect(report?.training.map(({ classifier }) => classifier)).toEqual(['NB', 'RF']);
  } finally {
    host.close();
  }
});

test('the frame that the dialog writes does so, too, and has its helper', async ({ page, context }) => {
  const code = await codeFor(page, 'frame');
  const host = await blog(code);
  try {
    const other = await context.newPage();
    await other.goto(host.url);
    const frame = other.frameLocator('iframe');
    await expect(frame.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
    await expect(frame.getByTestId('sweep-RF')).toBeVisible();
    await expect(frame.getByTestId('training')).toHaveCount(0);
    await expect
      .poll(() => other.evaluate(() => document.querySelector('iframe')?.style.height ?? ''))
      .toMatch(/^\d{3,}px$/);
  } finally {
    host.close();
  }
});

test('it copies, and works by keyboard alone', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(SITE).origin });
  await page.goto('/');
  await page.getByTestId('embed').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('embed-dialog')).toBeVisible();
  for (let presses = 0; presses < 12; presses++) {
    const focused = await page.evaluate(
      () => document.activeElement?.shadowRoot?.activeElement?.getAttribute('data-testid') ?? '',
    );
    if (focused === 'embed-copy') break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('embed-status')).toHaveText('Copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    await page.getByTestId('embed-code').inputValue(),
  );
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('embed-dialog')).toBeHidden();
  await expect(page.getByTestId('embed')).toBeFocused();
});
