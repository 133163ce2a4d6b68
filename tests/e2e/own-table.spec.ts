/** A visitor's own table: in nothing that leaves the page by a report, unless the visitor says so. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, type Page, test } from '@playwright/test';
import { blog, SITE } from './hosts.js';
import { giveTable, ready, run, unfold } from './run.js';

test.describe.configure({ timeout: 180_000 });

/** Words that are in the table and nowhere else; one of each kind: a column's name, a cell, two classes. */
const WORDS = ['salary', '48151623', 'healthy', 'unwell'];
const line = (i: number) => `${48_151_623 + 9 * i},${Math.cos(3 * i) * 2},${i % 2 ? 'healthy' : 'unwell'}`;
const CSV = ['salary,other,diagnosis', ...Array.from({ length: 200 }, (_, i) => line(i))].join('\n');
const SETTINGS = 'classifiers=NB&inference.n_samples=500&sweep.batch_sizes=10,1000&sweep.budget_ms=20';

const told = (text: string) => WORDS.filter((word) => text.includes(word));

async function saved(page: Page, path: string) {
  const download = page.waitForEvent('download');
  await page.getByTestId('download-report').click();
  await (await download).saveAs(path);
  return readFileSync(path, 'utf8');
}

/** `npm run experiment`, not synchronously: the browser of this test would wait for its own process meanwhile. */
function experiment(...args: string[]) {
  const all = ['scripts/experiment.mjs', ...args, '--no-build'];
  return promisify(execFile)(process.execPath, all, { timeout: 120_000 });
}

test('stays out of reports, events and addresses until it is asked for; a report without it is shown again', async ({
  page,
}, info) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  await ready(page, SETTINGS);
  await unfold(page);
  // As an author gives it: a table that a visitor chooses comes as a file, and is in no report (own-data.spec.ts).
  await page.evaluate((csv) => {
    const lab = document.querySelector('breakeven-lab');
    if (lab) lab.experiment = { ...lab.experiment, data: { csv } };
    lab?.addEventListener('breakeven-result', ({ detail }) => Object.assign(window, { detail }));
  }, CSV);
  await run(page);
  // The visitor sees the names of their own classes all the same.
  await expect(page.getByTestId('data')).toContainText('healthy');
  const outside = await page.evaluate(() => {
    const report = document.querySelector('breakeven-lab')?.report;
    return JSON.stringify([report, (window as unknown as { detail: unknown }).detail, location.href]);
  });
  expect(JSON.parse(outside)).toMatchObject([{ table: 'left_out' }, { table: 'left_out' }, expect.any(String)]);
  expect(told(outside)).toEqual([]);
  await expect(page.getByTestId('share-link')).toHaveCount(0);
  // All that was asked for is the site's own files, by their names.
  expect(requests.length).toBeGreaterThan(5);
  expect(
    requests.filter((request) => !request.startsWith(`GET ${SITE}`) && !/^GET (blob|data):/.test(request)),
  ).toEqual([]);
  expect(told(requests.join())).toEqual([]);

  const without = info.outputPath('without.json');
  const words = await saved(page, without);
  expect(told(words)).toEqual([]);
  const report = JSON.parse(words);
  expect(report).toMatchObject({ table: 'left_out', experiment: { data: { csv: null, standardise: true } } });
  expect(report.data).toMatchObject({ n_rows: 200, n_features: 2 });
  const full = info.outputPath('with.json');
  await page.getByTestId('with-table').check();
  expect(JSON.parse(await saved(page, full))).toMatchObject({ table: 'included', experiment: { data: { csv: CSV } } });
  // A further run has to be asked again.
  await run(page);
  await expect(page.getByTestId('with-table')).not.toBeChecked();

  await page.goto('about:blank');
  await ready(page, 'data.n_samples=600');
  await page.getByTestId('report-file').setInputFiles(without);
  await expect(page.getByTestId('share-status')).toHaveText('without.json is shown.');
  await expect(page.getByTestId('verdict')).toContainText('From a file');
  await expect(page.getByTestId('results-table').locator('tbody tr')).toHaveCount(1);

  await expect(experiment('--config', without)).rejects.toThrow(
    /invalid_param: 'data\.csv' is left out of this report/,
  );
  const again = info.outputPath('again.json');
  await experiment('--config', full, '--out', again);
  const text = readFileSync(again, 'utf8');
  expect(told(text)).toEqual([]);
  const facts = (report: { training: { test_acc: number }[] }) => report.training.map(({ test_acc }) => test_acc);
  expect(facts(JSON.parse(text))).toEqual(facts(report));
  await experiment('--config', full, '--with-table', '--out', again);
  expect(JSON.parse(readFileSync(again, 'utf8'))).toMatchObject({
    table: 'included',
    experiment: { data: { csv: CSV } },
  });
  // Nor is one published by the site.
  await expect(promisify(execFile)(process.execPath, ['scripts/record.mjs', again])).rejects.toThrow(/holds a table/);
});

test('a grid that is too large is refused in a config file, too', async ({ browserName: _ }, info) => {
  const config = info.outputPath('config.json');
  const values = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
  const LR = { estimator: 'LogisticRegression', param_grid: { C: values(100), tol: values(6) } };
  writeFileSync(config, JSON.stringify({ classifiers: { LR } }));
  await expect(experiment('--config', config)).rejects.toThrow(
    /invalid_param: 'classifiers\.LR\.param_grid' is a grid of 600 settings: use at most 500/,
  );
});

test('chosen in a frame of another site it stays there: the page around hears heights', async ({ page }) => {
  const host = await blog(
    `<script>
       window.heard = [];
       addEventListener('message', ({ data }) => heard.push(data));
     </script>
     <iframe src="${SITE}embed.html#${SETTINGS}" width="700" height="600"></iframe>`,
  );
  try {
    await page.goto(host.url);
    const frame = page.frameLocator('iframe');
    await frame.getByTestId('more-settings').locator('summary').click();
    await giveTable(frame, CSV);
    await frame.getByTestId('run').click();
    await expect(frame.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
    await expect(frame.getByTestId('data')).toContainText('healthy');
    const heard = await page.evaluate(() => (window as unknown as { heard: object[] }).heard);
    expect(heard.length).toBeGreaterThan(0);
    for (const word of heard) expect(word).toEqual({ breakeven: 'height', height: expect.any(Number) });
  } finally {
    host.close();
  }
});
