/** A table of one's own on the page: from a file, words or an address to a look at its columns, and on to a run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { giveTable, ready, run, unfold } from './run.js';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const TABLES = join(FIXTURES, 'tables');

/** What pandas makes of each (tests/fixtures/make_tables.py). */
const EXPECTED: Record<
  string,
  {
    refused?: string[];
    n_rows: number;
    n_columns: number;
    columns: { name: string }[];
    labels?: { target: string | number; names: string[]; counts: number[] };
    no_target?: string;
  }
> = JSON.parse(readFileSync(join(FIXTURES, 'tables.json'), 'utf8'));

/** Letters alone, names for none, and the class in front: nothing tells it from the others. */
const ELSEWHERE = '24-all-letters-class-first-no-header.csv';

const SHORT = 'classifiers=NB,RF&inference.n_samples=500&sweep.batch_sizes=10,1000&sweep.budget_ms=20';

async function open(page: Page): Promise<void> {
  await ready(page, SHORT);
  await unfold(page);
  await page.getByTestId('setting-data-dataset').selectOption('csv');
}

const hint = (page: Page) => page.locator('#setting-data-file-hint');
const classes = (page: Page) => page.getByTestId('table-classes');
const data = (page: Page) => page.evaluate(() => document.querySelector('breakeven-lab')?.experiment.data);

test('every table is looked at, or refused in words, and its classes are found', async ({ page }) => {
  test.setTimeout(180_000);
  await open(page);
  for (const [name, { refused, n_rows, n_columns, labels, no_target }] of Object.entries(EXPECTED)) {
    await test.step(name, async () => {
      await page.getByTestId('setting-data-file').setInputFiles(join(TABLES, name));
      if (refused) {
        for (const word of refused) await expect(hint(page)).toContainText(word);
        await expect(page.getByTestId('table-look')).toHaveCount(0);
        return;
      }
      const look = page.getByTestId('table-look');
      await expect(look).toContainText(name);
      const sizes = `${n_rows.toLocaleString('en')} row${n_rows === 1 ? '' : 's'} of ${n_columns.toLocaleString('en')} column${n_columns === 1 ? '' : 's'}`;
      await expect(look).toContainText(sizes);
      await expect(hint(page)).not.toHaveClass('error');
      if (/^3[01]-/.test(name)) await expect(classes(page)).toContainText('each way of writing is one of its own');
      else if (labels && name !== ELSEWHERE)
        await expect(classes(page)).toContainText(`${labels.names.length} classes in`);
      if (no_target === 'continuous') await expect(classes(page)).toContainText('Unknown label type: continuous');
      if (no_target === 'one class') await expect(classes(page)).toContainText('the same in all rows');
      if (no_target === 'no rows') await expect(classes(page)).toContainText('no rows');
    });
  }
});

/** Gaps, categories and a number column that tells the class apart; written by rule. */
const rows = Array.from({ length: 120 }, (_, i) => {
  const kind = i % 3;
  const size = i % 11 === 0 ? '' : String(10 * kind + (i % 7));
  return `${i},${size},${['red', 'green', 'blue', ''][(i * 7) % 4]},${Math.sin(i).toFixed(3)},${['ash', 'elm', 'oak'][kind]}`;
});
const TREES = ['id,size,colour,noise,tree', ...rows].join('\n');

test('columns are chosen, prepared and run; the report knows the table by its hash', async ({ page }) => {
  await ready(page, SHORT);
  await unfold(page);
  await giveTable(page, TREES);
  await expect(classes(page)).toHaveText(
    /3 classes in “tree”: ash 40, elm 40, oak 40\. Always saying “ash” is right in 33\.3 %\./,
  );
  // What only counts rows is left out by itself.
  await expect(page.getByTestId('role-0')).toHaveValue('left out');
  await page.getByTestId('role-3').selectOption('left out');
  await page.getByTestId('table-impute').selectOption('median');
  await page.getByTestId('table-scale').uncheck();
  expect(await data(page)).toMatchObject({ features: [1, 2], preprocess: { impute: 'median', scale: false } });
  // Another class, and back: the one of before is a feature then.
  await page.getByTestId('role-2').selectOption('class');
  await expect(classes(page)).toContainText('3 classes in “colour”');
  await expect(classes(page)).toContainText('30 rows without a class are left out');
  await page.getByTestId('role-4').selectOption('class');
  expect(await data(page)).toMatchObject({ target: 4, features: [1, 2] });
  await run(page);
  const report = await page.evaluate(() => document.querySelector('breakeven-lab')?.report);
  expect(report?.experiment.data).toMatchObject({ file: 'table.csv', target: 4, features: [1, 2], size: TREES.length });
  expect(report?.training.every(({ test_acc }) => test_acc > 0.9)).toBe(true);
  expect(report?.table).toBe('left_out');
  const text = JSON.stringify(report);
  for (const cell of ['colour', 'oak', 'tree"']) expect(text).not.toContain(cell);
  // On the page they have their names.
  await expect(page.getByTestId('data-sizes').or(page.getByTestId('data')).first()).toContainText('in 3 classes');
  await expect(page.getByTestId('confusions')).toContainText('oak');
  // What was left out by itself is said where the table is, and nowhere else.
  await page
    .getByTestId('setting-data-file')
    .setInputFiles({ name: 'again.csv', mimeType: 'text/csv', buffer: Buffer.from(TREES) });
  await expect(page.getByTestId('table-look')).toContainText('again.csv');
  await run(page);
  await expect(page.getByTestId('notes')).toContainText('Column ‘id’ is left out'.replaceAll(/[‘’]/g, "'"));
  expect(JSON.stringify(await page.evaluate(() => document.querySelector('breakeven-lab')?.report))).not.toContain(
    "'id'",
  );
  // A link holds what came of it, and not the table.
  await page.getByTestId('share-link').click();
  const link = await page.getByTestId('shared-link').inputValue();
  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.getByTestId('results-table')).toContainText('RF');
});

test('a table is dropped, pasted as text, and fetched from this site', async ({ page }) => {
  await page.route('**/mine.csv', (route) => route.fulfill({ body: TREES, contentType: 'text/csv' }));
  await open(page);
  const field = page.getByTestId('setting-data-file').locator('xpath=..');
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.csv'));
    return transfer;
  }, TREES);
  await field.dispatchEvent('drop', { dataTransfer: transfer });
  await expect(page.getByTestId('table-look')).toContainText('dropped.csv');
  await field.locator('summary').click();
  await page.getByTestId('setting-data-file-text').fill('a;b\n1,5;x\n2,5;y\n3,5;x\n');
  await page.getByTestId('setting-data-file-text-read').click();
  await expect(page.getByTestId('table-look')).toContainText('pasted table: 3 rows of 2 columns');
  await expect(page.getByTestId('table-read')).toContainText('semicolon, decimal comma');
  for (const [address, words] of [
    ['https://example.com/t.csv', 'an address of this page'],
    ['./gone.csv', '404'],
    ['http://[', 'address'],
  ] as const) {
    await page.getByTestId('setting-data-file-src').fill(address);
    await page.getByTestId('setting-data-file-src-read').click();
    await expect(hint(page)).toContainText(words);
    await expect(page.getByTestId('table-look')).toHaveCount(0);
  }
  await page.getByTestId('setting-data-file-src').fill('./mine.csv');
  await page.getByTestId('setting-data-file-src-read').click();
  await expect(page.getByTestId('table-look')).toContainText('mine.csv: 120 rows of 5 columns');
  // Where the table has an address the page's own names it.
  await expect.poll(() => page.url()).toContain('data.src=./mine.csv');
});

test('an element’s own table is named by its attributes', async ({ page }) => {
  await page.route('**/mine.csv', (route) => route.fulfill({ body: TREES, contentType: 'text/csv' }));
  await page.goto('/runner.html');
  await page.evaluate(async () => {
    const lab = document.createElement('breakeven-lab');
    const attributes = { src: 'mine.csv', target: 'colour', classifiers: 'NB', 'sweep.preset': 'quick' };
    for (const [name, value] of Object.entries(attributes)) lab.setAttribute(name, value);
    document.body.append(lab);
    const url = new URL('breakeven-lab.js', document.baseURI).href;
    await import(url);
  });
  await unfold(page);
  await expect(classes(page)).toContainText('3 classes in “colour”');
  expect(await data(page)).toEqual({ src: 'mine.csv', target: 'colour' });
});

test('another reading is chosen, and mended by it', async ({ page }) => {
  await open(page);
  const text = ['1;2', ...Array.from({ length: 8 }, (_, i) => `${i},5;${i % 2}`)].join('\n');
  await giveTable(page, text);
  await page.getByTestId('table-read').locator('summary').click();
  await page.getByTestId('read-header').selectOption('true');
  await expect(page.getByTestId('table-look')).toContainText('8 rows of 2 columns');
  await page.getByTestId('read-header').selectOption('false');
  await expect(page.getByTestId('table-look')).toContainText('9 rows of 2 columns');
  await page.getByTestId('read-delimiter').selectOption(',');
  // Whatever that makes of it: the fields stay.
  await expect(page.getByTestId('read-delimiter')).toHaveValue(',');
  await page.getByTestId('read-delimiter').selectOption('');
  await expect(page.getByTestId('table-look')).toContainText('9 rows of 2 columns');
});

test('ten thousand columns are found by name, and left out together', async ({ page }) => {
  test.setTimeout(60_000);
  await open(page);
  const wide = Array.from({ length: 10_000 }, (_, j) => `c${j}`);
  const lines = Array.from({ length: 8 }, (_, i) => [...wide.map((_, j) => (i * j) % 7), i % 2].join());
  await giveTable(page, [[...wide, 'class'].join(), ...lines].join('\n'));
  await expect(classes(page)).toContainText('2 classes in “class”', { timeout: 30_000 });
  await expect(page.getByTestId('table-columns').locator('tbody tr')).toHaveCount(30);
  await page.getByTestId('more-columns').click();
  await expect(page.getByTestId('table-columns').locator('tbody tr')).toHaveCount(60);
  await page.getByTestId('all-left-out').click();
  await page.getByTestId('table-search').fill('c999');
  await page.getByTestId('all-feature').click();
  await expect(page.getByTestId('table-columns')).toContainText('11 features');
  await run(page);
  const report = await page.evaluate(() => document.querySelector('breakeven-lab')?.report);
  expect(report?.data?.n_features).toBe(11);
  // Six rows to train on have three of a class: as many folds.
  expect(report?.notes.join(' ')).toMatch(/The largest class has [34] rows to train on: [34] folds, not 5\./);
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing in the look at a table: ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 390, height: 900 });
    await open(page);
    await giveTable(page, TREES);
    for (const id of ['table-read', 'table-rows']) await page.getByTestId(id).locator('summary').click();
    const { violations } = await new AxeBuilder({ page })
      .include({ fromShadowDom: ['breakeven-lab', '.look'] })
      .analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    // Nothing is wider than the page.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  });
