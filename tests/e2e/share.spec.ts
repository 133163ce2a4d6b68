import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, type Page, test } from '@playwright/test';
import { SITE } from './hosts.js';
import { ready, run, TINY, unfold } from './run.js';

test.describe.configure({ timeout: 180_000 });

test('a link carries the results; the reader’s run is laid over the author’s', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(SITE).origin });
  await ready(page, `${TINY}&n_threads=1`);
  await run(page);
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('share-status')).toHaveText('Copied.');
  const link = await page.getByTestId('shared-link').inputValue();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  const { origin, pathname, hash } = new URL(link);
  expect(`${origin}${pathname}`).toMatch(new RegExp(`^${SITE}(index\\.html)?$`));
  const [settings, results] = hash.slice(1).split('&results=');
  expect(settings?.split('&')).toEqual(expect.arrayContaining(['data.n_samples=500', 'n_threads=1']));
  expect(results).toMatch(/^[\w-]{100,}$/);
  const author = await page.evaluate(() => document.querySelector('breakeven-lab')?.report);
  const experiment = (page: Page) => page.evaluate(() => document.querySelector('breakeven-lab')?.experiment);

  const reader = await context.newPage();
  await reader.goto(link);
  await expect(reader.getByTestId('verdict')).toContainText('From this link');
  await expect(reader.getByTestId('setting-data-n_samples')).toHaveValue('500');
  expect(await experiment(reader)).toEqual(await experiment(page));
  const shown = await reader.evaluate(() => document.querySelector('breakeven-lab')?.reference?.report);
  expect(shown?.environment.n_threads).toBe(1);
  expect(shown?.training.map(({ test_acc }) => test_acc)).toEqual(author?.training.map(({ test_acc }) => test_acc));
  await run(reader);
  await expect(reader.getByTestId('faint').first()).toContainText('From this link');
  await expect(reader.getByTestId('chart-sweep-RF').locator('path.behind, .behind path').first()).toBeAttached();

  // Editing a setting keeps the author's results in the address.
  await unfold(reader);
  await reader.getByTestId('setting-data-random_state').fill('9');
  await reader.getByTestId('setting-data-random_state').press('Tab');
  expect(await reader.evaluate(() => location.hash)).toMatch(/data\.random_state=9.*&results=/);
});

test('results that are damaged are refused in words, and the page works', async ({ page }) => {
  await ready(page, `${TINY}&results=AAAA`);
  await expect(page.getByTestId('refused')).toContainText('damaged or cut short');
  await run(page);
});

test('a report file is shown, and npm run experiment takes it as its config', async ({ page }, info) => {
  await ready(page, TINY);
  await run(page);
  const download = page.waitForEvent('download');
  await page.getByTestId('download-report').click();
  const path = info.outputPath('report.json');
  await (await download).saveAs(path);
  const mine = JSON.parse(readFileSync(path, 'utf8'));

  // Another hash alone would be the same page, with the run in it.
  await page.goto('about:blank');
  await ready(page, 'data.n_samples=600');
  await page.getByTestId('forget').click();
  await expect(page.getByTestId('sweep')).toHaveCount(0);
  await page.getByTestId('report-file').setInputFiles(path);
  await expect(page.getByTestId('share-status')).toHaveText('report.json is shown.');
  await expect(page.getByTestId('verdict')).toContainText('From a file');
  await expect(page.getByTestId('results-table').locator('tbody tr')).toHaveCount(mine.training.length);
  await page
    .getByTestId('report-file')
    .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
  await expect(page.getByTestId('share-status')).toContainText('no results of Breakeven');
  for (const [json, words] of [
    ['null', 'what was given is not an object'],
    [JSON.stringify({ ...mine, version: 99 }), 'perhaps of a newer Breakeven'],
  ] as const) {
    await page
      .getByTestId('report-file')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(json) });
    await expect(page.getByTestId('share-status')).toContainText(words);
  }
  const show = async (change: (point: { strategy: string; median_ms: number; equal_to_serial: boolean }) => void) => {
    const given = structuredClone(mine);
    given.sweeps.NB.points.forEach(change);
    const file = { name: 'changed.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(given)) };
    await page.getByTestId('report-file').setInputFiles(file);
  };
  await show((point) => {
    point.median_ms = 0;
  });
  await expect(page.getByTestId('share-status')).toContainText("'sweeps.NB.points[0].median_ms' is not a time");
  await show((point) => {
    if (point.strategy === 'threads') point.equal_to_serial = false;
  });
  await expect(page.getByTestId('verdict')).toContainText(
    'Other labels than serial’s, an error, came of threads for NB.',
  );

  const out = info.outputPath('again.json');
  // Not synchronously: the browser of this test would wait for its own process meanwhile.
  await promisify(execFile)(
    process.execPath,
    ['scripts/experiment.mjs', '--config', path, '--out', out, '--no-build'],
    {
      timeout: 120_000,
    },
  );
  const again = JSON.parse(readFileSync(out, 'utf8'));
  expect(again.experiment).toEqual(mine.experiment);
  const facts = (report: typeof mine) =>
    report.training.map((row: typeof mine) => [row.classifier, row.train_acc, row.test_acc]);
  expect(facts(again)).toEqual(facts(mine));
});
