import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { ready, run, TINY, unfold } from './run.js';

test.describe.configure({ timeout: 180_000 });

const PARTS = ['data', 'training', 'inference', 'sweep', 'closer', 'rule', 'hidden', 'notes'];

/** What a button saves. */
async function file(page: Page, button: string): Promise<{ name: string; content: Buffer }> {
  const download = page.waitForEvent('download', { timeout: 10_000 });
  const [done] = await Promise.all([download, page.getByTestId(button).click()]);
  return { name: done.suggestedFilename(), content: readFileSync(await done.path()) };
}

test('before a run every section has recorded numbers, and the data of the form', async ({ page }) => {
  await ready(page, '');
  for (const part of PARTS) await expect(page.getByTestId(part), part).toBeVisible();
  await expect(page.getByTestId('chart-data').locator('path.class')).toHaveCount(2);
  await expect(page.getByTestId('data-sizes')).toContainText('10,000 rows of 10 features in 2 classes');
  await expect(page.getByTestId('chart-sweep-NB').locator('svg')).toBeVisible();
  await expect(page.getByTestId('chart-sweep-NB').locator('figcaption')).toContainText('recorded');
  await expect(page.getByTestId('measure-parked')).toBeDisabled();

  // The data follow the form.
  await unfold(page);
  await page.getByTestId('setting-data-n_samples').fill('300');
  await page.getByTestId('setting-data-n_samples').press('Tab');
  await expect(page.getByTestId('data-sizes')).toContainText('300 rows');
  await page.getByTestId('axis-across').selectOption({ label: 'feature 3' });
  await page.getByTestId('axis-up').selectOption({ label: 'feature 5' });
  await expect(page.getByTestId('chart-data').locator('figcaption')).toHaveText('feature 5 against feature 3');
});

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const)
  test(`the first screen of ${width} × ${height} has the question, the button and the lines that cross`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await ready(page, '');
    await expect(page.getByTestId('chart-answer').locator('svg')).toBeVisible();
    await expect(page.getByTestId('chart-answer').locator('path.median, .median path')).toHaveCount(2);
    await expect(page.getByTestId('chart-answer').locator('circle.crossing, .crossing circle')).toHaveCount(1);
    for (const place of [
      page.locator('h1'),
      page.getByTestId('run'),
      page.getByTestId('chart-answer').locator('svg'),
    ]) {
      const box = await place.boundingBox();
      expect(box?.y).toBeGreaterThanOrEqual(0);
      expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
    }
    await page.getByTestId('choice-answer').getByText('RF', { exact: true }).click();
    await expect(page.getByTestId('chart-answer').locator('figcaption')).toContainText('RF:');
  });

test('after a run each section is this machine’s, with the recorded numbers faint behind', async ({ page }) => {
  await ready(page, TINY);
  await run(page);
  await expect(page.getByTestId('results-table').locator('tbody tr')).toHaveCount(2);
  await expect(page.getByTestId('chart-sweep-NB').locator('figcaption')).not.toContainText('recorded');
  await expect(page.getByTestId('chart-sweep-NB').locator('path.behind, .behind path').first()).toBeAttached();
  await expect(page.getByTestId('faint').first()).toContainText('with other settings of the data');
  await expect(page.getByTestId('hidden-order')).toContainText(/(\d+) of \1 points equal/);
  await expect(page.getByTestId('python').locator('code')).toContainText('gen_even_slices');
  await expect(page.getByTestId('limits-table').locator('tbody tr')).toHaveCount(5);
  await expect(page.getByTestId('notes')).toContainText('0, 2020, 1');
  await page.getByTestId('choice-speedup').getByText('workers', { exact: true }).click();
  await expect(page.getByTestId('chart-speedup').locator('figcaption')).toContainText('workers');
  await page.getByTestId('choice-closer').getByText('RF', { exact: true }).click();
  await expect(page.getByTestId('chart-overhead-RF').locator('svg')).toBeVisible();
});

test('a sleeping pool and other numbers of threads are measured when they are asked for', async ({ page }) => {
  await ready(page, TINY);
  await run(page);
  await page.getByTestId('choice-closer').getByText('RF', { exact: true }).click();
  await page.getByTestId('measure-parked').click();
  await expect(page.getByTestId('chart-parked-RF').locator('svg')).toBeVisible({ timeout: 60_000 });
  await page.getByTestId('measure-thread_counts').click();
  await expect(page.getByTestId('chart-threads-RF').locator('svg')).toBeVisible({ timeout: 60_000 });
  const { report, cores } = await page.evaluate(() => ({
    report: document.querySelector('breakeven-lab')?.report,
    cores: navigator.hardwareConcurrency,
  }));
  const { parked, thread_counts } = report?.closer?.RF ?? {};
  expect(new Set(parked?.points.map(({ strategy }) => strategy))).toEqual(new Set(['serial', 'threads']));
  expect(parked?.points.every(({ equal_to_serial }) => equal_to_serial)).toBe(true);
  const threads = thread_counts?.filter(({ strategy }) => strategy === 'threads') ?? [];
  const [counts, sizes] = [new Set(threads.map((p) => p.n_threads)), new Set(threads.map((p) => p.n_rows))];
  expect(Math.min(...counts)).toBe(2);
  expect(Math.max(...counts)).toBe(4 * cores);
  // Every cell, and serial at each size.
  expect(threads).toHaveLength(counts.size * sizes.size);
  expect(thread_counts?.every(({ equal_to_serial }) => equal_to_serial)).toBe(true);
  const map = page.getByTestId('chart-threads-RF');
  await expect(map.locator('.combination rect')).toHaveCount((counts.size + 1) * sizes.size);
  // Beside other tests times may scatter too much for a frontier.
  await expect(map.locator('figcaption')).toContainText(/threads? from|serial is fast enough|not clear/);
  const isClear = !(await map.locator('figcaption').textContent())?.includes('not clear');
  await expect(map.locator('.frontier path')).toHaveCount(isClear ? 1 : 0);
  const { content } = await file(page, 'download-report');
  expect(JSON.parse(content.toString()).closer.RF.thread_counts).toHaveLength(thread_counts?.length ?? 0);
});

test('every chart has a table behind it, and is saved as SVG, PNG and CSV', async ({ page }) => {
  await ready(page, TINY);
  await run(page);
  const ids = await page
    .locator('figure[data-testid^=chart-]')
    .evaluateAll((figures) => figures.map((figure) => figure.getAttribute('data-testid')?.slice(6) ?? ''));
  expect(ids).toEqual(
    expect.arrayContaining(['data', 'training', 'accuracy', 'busy', 'sweep-NB', 'sweep-RF', 'speedup', 'overhead-NB']),
  );
  for (const id of ids) {
    const figure = page.getByTestId(`chart-${id}`);
    await expect(figure.locator('svg.breakeven-chart')).toBeVisible();
    const svg = await file(page, `save-svg-${id}`);
    expect(svg.name).toBe(`${id}.svg`);
    const words = svg.content.toString();
    expect(words, id).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    // It stands alone: no variable, no colour of the page around it.
    expect(words, id).not.toMatch(/var\(|currentColor|light-dark|color-mix|<style/);
    const csv = (await file(page, `save-csv-${id}`)).content.toString().trim().split('\r\n');
    await figure.locator('summary').click();
    await expect(figure.locator('tbody tr').first()).toBeAttached();
    const lines = await figure.locator('tbody tr').count();
    expect(lines, id).toBeGreaterThan(0);
    expect(csv.length - 1, id).toBeGreaterThanOrEqual(lines);
    expect(new Set(csv.map((line) => line.replace(/"[^"]*"/g, '').split(',').length)).size, id).toBe(1);
  }
  const png = await file(page, 'save-png-speedup');
  expect(png.name).toBe('speedup.png');
  expect([...png.content.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  // Twice as wide as the chart, and more than one colour.
  expect(png.content.readUInt32BE(16)).toBeGreaterThan(600);
  expect(png.content.length).toBeGreaterThan(5000);
});

test('files saved faster than the browser follows links are saved all the same, each once', async ({ page }) => {
  await ready(page, '');
  await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
  const names: string[] = [];
  page.on('download', (download) => names.push(download.suggestedFilename()));
  // A visitor's click, and 24 more before the page draws its next picture.
  await page.getByTestId('save-svg-data').click();
  await page.getByTestId('save-csv-data').evaluate((button: HTMLButtonElement) => {
    for (let clicks = 0; clicks < 24; clicks++) button.click();
  });
  await expect.poll(() => names.length, { timeout: 20_000 }).toBe(25);
  expect(names.slice(1)).toEqual(Array(24).fill('data.csv'));
  // None comes twice.
  await page.waitForTimeout(1500);
  expect(names).toHaveLength(25);
});
