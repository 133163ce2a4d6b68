import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { blog, SITE } from './hosts.js';
import { ready, run, TINY } from './run.js';

test.describe.configure({ timeout: 180_000 });

async function violations(page: Page, part?: string): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const found = await (part ? axe.include({ fromShadowDom: ['breakeven-lab', part] }) : axe).analyze();
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(' ')).join(' | ')}`,
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the page before, during and after a run, nor in the dialog: ${colorScheme}`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme });
    await ready(page, TINY);
    await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('run').click();
    await expect(page.getByTestId('progress')).toHaveAttribute('data-state', /running|done/);
    expect(await violations(page, '[data-testid=progress]')).toEqual([]);
    await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
    await page.getByTestId('share-link').click();
    await expect(page.getByTestId('shared-link')).toBeVisible();
    await page.getByTestId('more-settings').locator('summary').click();
    for (const id of ['data', 'training', 'busy', 'sweep-NB', 'speedup', 'overhead-NB']) {
      await page.getByTestId(`chart-${id}`).locator('summary').click();
    }
    await expect(page.getByTestId('points-table-NB')).toBeVisible();
    // With a tip, too, that the pointer brings up.
    const chart = page.getByTestId('chart-data').locator('svg.breakeven-chart');
    await chart.hover();
    await expect(chart.locator('[aria-label=tip] text')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.getByTestId('embed').click();
    await expect(page.getByTestId('embed-dialog')).toBeVisible();
    expect(await violations(page, '[data-testid=embed-dialog]')).toEqual([]);
  });

  test(`axe finds nothing in the widget on somebody’s blog: ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const host = await blog(
      `<html lang="en"><head><title>Blog</title><meta name="color-scheme" content="light dark">
       <style>:root{color-scheme:light dark;background:light-dark(#fff,#141414);color:light-dark(#111,#eee)}</style>
       <script type="module" src="${SITE}breakeven-lab.js"></script></head>
       <body><main><h1>Blog</h1>
       <breakeven-lab models="NB RF" data.n_samples="500" inference.n_samples="2000" sweep.batch_sizes="10 1000"
         sweep.budget_ms="20"></breakeven-lab></main></body></html>`,
    );
    try {
      await page.goto(host.url);
      await run(page);
      await expect(page.getByTestId('chart-sweep-RF').locator('svg')).toBeVisible();
      expect(await violations(page)).toEqual([]);
    } finally {
      host.close();
    }
  });
}
