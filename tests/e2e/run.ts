/** What the specs of the page have in common. */
import { expect, type FrameLocator, type Page } from '@playwright/test';

/** The notebook's training whole, the sweep short. */
export const SHORT = 'sweep.batch_sizes=10,1000,20000&sweep.budget_ms=30';
/** As little as there is. */
export const TINY =
  'classifiers=NB,RF&data.n_samples=500&inference.n_samples=2000&sweep.batch_sizes=10,1000&sweep.budget_ms=20';

export async function ready(page: Page, hash: string, site = '/'): Promise<void> {
  await page.goto(`${site}#${hash}`);
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', /./, { timeout: 30_000 });
}

export async function run(page: Page): Promise<void> {
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 170_000 });
}

/** Chooses a table; returns when it has been read. The settings have to be unfolded. */
export async function giveTable(place: Page | FrameLocator, text: string): Promise<void> {
  await place.getByTestId('setting-data-dataset').selectOption('csv');
  const file = { name: 'table.csv', mimeType: 'text/csv', buffer: Buffer.from(text) };
  await place.getByTestId('setting-data-file').setInputFiles(file);
  await place.getByTestId('table-look').waitFor();
}

/** The settings are folded before somebody wants them. */
export async function unfold(page: Page): Promise<void> {
  await page.getByTestId('more-settings').locator('summary').first().click();
  await expect(page.getByTestId('setting-data-dataset')).toBeVisible();
}
