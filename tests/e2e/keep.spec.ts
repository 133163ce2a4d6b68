/** What comes out of a table of the visitor's own: a file with predictions, and models that are there at the next visit. */
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { blog, SITE } from './hosts.js';
import { ready, run, unfold } from './run.js';

test.describe.configure({ timeout: 180_000 });

const QUICK = 'sweep.batch_sizes=10,1000&sweep.budget_ms=20&inference.n_samples=500';
const CLASSES = ['north, "cold"', 'sør', 'west'];
const classOf = (i: number) => i % 3;

/** Rows whose class anybody can tell: by a number, and by a word. */
function rows(n: number, from = 0): string[][] {
  return Array.from({ length: n }, (_, k) => {
    const i = from + k;
    const [label, wave] = [classOf(i), Math.sin(7 * i)];
    const gap = i % 11 === 5;
    return [
      gap ? '' : (10 * label + wave).toFixed(3),
      ['low', 'mid', 'high'][label] ?? '',
      wave.toFixed(3),
      CLASSES[label] ?? '',
    ];
  });
}

const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const csv = (...records: string[][]) => `${records.map((record) => record.map(quoted).join(',')).join('\n')}\n`;
const HEAD = ['size', 'kind of place', 'noise', 'place'];
const TRAINED = csv(HEAD, ...rows(150));
/** Another order of columns, one more, and no classes. */
const OTHER = csv(
  ['noise', 'remark', 'kind of place', 'size'],
  ...rows(30, 600).map(([size = '', kind = '', noise = '']) => [noise, `“${kind}”`, kind, size]),
);

const file = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

async function trained(page: Page, classifiers = 'NB,RF'): Promise<void> {
  await ready(page, `classifiers=${classifiers}&${QUICK}`);
  await unfold(page);
  await page.getByTestId('setting-data-dataset').selectOption('csv');
  await page.getByTestId('setting-data-file').setInputFiles(file('places.csv', TRAINED));
  await expect(page.getByTestId('table-look')).toBeVisible();
  await run(page);
}

async function saved(page: Page, button: string): Promise<{ name: string; text: string }> {
  const download = page.waitForEvent('download');
  await page.getByTestId(button).click();
  const done = await download;
  return { name: done.suggestedFilename(), text: readFileSync(await done.path(), 'utf8') };
}

/** Records of a CSV file; cells may be quoted. */
function records(text: string): string[][] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, q, plain]) => q?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
}

function expectPredicted({ name, text }: { name: string; text: string }): void {
  expect(name).toBe('next-predictions.csv');
  const [head, ...body] = records(text);
  expect(head?.slice(0, 5)).toEqual(['noise', 'remark', 'kind of place', 'size', 'prediction']);
  expect(head?.slice(5)).toEqual(CLASSES.map((one) => `proba_${one}`));
  expect(body.map((cells) => cells.slice(0, 4))).toEqual(records(OTHER).slice(1));
  expect(body.map((cells) => cells[4])).toEqual(Array.from({ length: 30 }, (_, i) => CLASSES[classOf(600 + i)]));
}

const problems = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );

test('a run’s model predicts another file: its rows and labels, and how many are right where the file tells', async ({
  page,
}) => {
  await trained(page);
  await page.getByTestId('predict-run-RF').press('Enter');
  await expect(page.getByTestId('predict-file')).toBeFocused();
  await expect(page.getByTestId('predict-panel')).toContainText('‘size’, ‘kind of place’ and ‘noise’');
  await page.getByTestId('predict-file').setInputFiles(file('next.csv', OTHER));
  await expect(page.getByTestId('predicted')).toHaveText(
    /^30 rows of next\.csv predicted in .*: north, "cold" 10, sør 10 and west 10\.$/,
  );
  expectPredicted(await saved(page, 'download-predictions'));

  await page
    .getByTestId('predict-file')
    .setInputFiles(file('same.csv', csv(HEAD, ...rows(60), ['1.5', 'low', '0.2', ''])));
  await expect(page.getByTestId('predicted')).toContainText('61 rows of same.csv');
  await expect(page.getByTestId('predicted')).toContainText('1.0000 of the 60 rows with a class in ‘place’ are right');

  // What does not fit is said beside it, and there is nothing to download.
  await page.getByTestId('predict-file').setInputFiles(file('less.csv', 'noise,size\n1,2\n'));
  await expect(page.getByTestId('predict-error')).toContainText("lacks the column 'kind of place'");
  await expect(page.getByTestId('predict-error')).toHaveAttribute('data-code', 'bad_table');
  await expect(page.getByTestId('download-predictions')).toHaveCount(0);
  // Classes that the model does not know are no reason not to predict.
  await page.getByTestId('predict-file').setInputFiles(file('strange.csv', csv(HEAD, ['1', 'low', '0', 'nowhere'])));
  await expect(page.getByTestId('predicted')).toContainText('1 row of strange.csv');
  await expect(page.getByTestId('predict-notes')).toContainText("a label 'nowhere' that the model does not know");
  await page.getByTestId('predict-close').click();
  await expect(page.getByTestId('predict-run-RF')).toBeFocused();
  await expect(page.getByTestId('predict-panel')).toHaveCount(0);
});

test('a model is kept by name, predicts at the next visit, is downloaded and deleted', async ({ page }) => {
  await trained(page, 'NB');
  await expect(page.getByTestId('kept-table')).toHaveCount(0);
  await page.getByTestId('keep-NB').press('Enter');
  await expect(page.getByTestId('keep-name')).toBeFocused();
  await expect(page.getByTestId('keep-name')).toHaveValue('NB places');
  await page.getByTestId('keep-name').fill('  my "places" <b> ');
  await page.getByTestId('keep-name').press('Enter');
  const name = 'my "places" <b>';
  await expect(page.getByTestId('said-run')).toHaveText(new RegExp(`^${name} is kept in this browser, .*B\\.$`));
  await expect(page.getByTestId('keep-NB')).toBeFocused();
  const row = page.getByTestId('kept-table').locator('tbody tr');
  await expect(row).toHaveCount(1);
  const model = await saved(page, 'download-model-NB');

  await page.goto('about:blank');
  await ready(page, QUICK);
  await expect(row).toHaveCount(1);
  await expect(row.locator('th')).toHaveText(name);
  await expect(row).toContainText('GaussianNB');
  await expect(row).toContainText('north, "cold", sør, west');
  await expect(row).toContainText('size, kind of place, noise');
  await expect(page.getByTestId('kept-words')).toContainText(/B of the .*B that it gives this site are in use/);
  expect((await saved(page, `download-kept-${name}`)).text).toBe(model.text);
  await row.getByRole('button', { name: 'Predict a file' }).click();
  await page.getByTestId('predict-file').setInputFiles(file('next.csv', OTHER));
  await expect(page.getByTestId('predicted')).toContainText('30 rows of next.csv');
  expectPredicted(await saved(page, 'download-predictions'));
  expect(await problems(page)).toEqual([]);

  await row.getByRole('button', { name: /^Delete (?!for good)/ }).click();
  await expect(row.getByRole('button', { name: 'Delete for good' })).toBeFocused();
  await row.getByRole('button', { name: 'Do not delete' }).click();
  await row.getByRole('button', { name: /^Delete (?!for good)/ }).click();
  await row.getByRole('button', { name: 'Delete for good' }).click();
  await expect(row).toHaveCount(0);
  await expect(page.getByTestId('said-kept')).toHaveText(`${name} is deleted.`);
  await expect(page.getByTestId('predict-panel')).toHaveCount(0);
  await page.goto('about:blank');
  await ready(page, QUICK);
  await expect(page.locator('breakeven-part[name=models] .later')).toBeVisible();
  await expect(page.getByTestId('kept-table')).toHaveCount(0);
});

test('a kept model that is damaged gives its error; what is no model at all is not listed', async ({ page }) => {
  await trained(page, 'NB');
  await page.getByTestId('keep-NB').click();
  await page.getByTestId('keep-it').click();
  await expect(page.getByTestId('kept-table')).toBeVisible();
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('breakeven-models');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const change = db.transaction(['models', 'files'], 'readwrite');
    const files = change.objectStore('files');
    const found = files.get('NB places');
    found.onsuccess = () => {
      found.result[found.result.length - 1] ^= 1;
      files.put(found.result, 'NB places');
    };
    change.objectStore('models').put({ name: 'other', facts: { estimator: 5 } });
    await new Promise((resolve) => {
      change.oncomplete = resolve;
    });
    db.close();
  });
  await page.goto('about:blank');
  await ready(page, QUICK);
  await expect(page.getByTestId('kept-table').locator('tbody tr')).toHaveCount(1);
  await page.getByTestId('predict-kept-NB places').click();
  await page.getByTestId('predict-file').setInputFiles(file('next.csv', OTHER));
  await expect(page.getByTestId('predict-error')).toHaveAttribute('data-code', 'bad_model_file');
});

test('where there is no room it says what to do, and keeps it when there is', async ({ page }) => {
  await trained(page, 'NB');
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await page.getByTestId('keep-NB').click();
  await page.getByTestId('keep-it').click();
  await expect(page.getByTestId('problem-run')).toContainText('There is no room for NB places');
  await expect(page.getByTestId('keep-name')).toHaveValue('NB places');
  await expect(page.getByTestId('kept-table')).toHaveCount(0);
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByTestId('keep-it').click();
  await expect(page.getByTestId('said-run')).toContainText('NB places is kept');
  await expect(page.getByTestId('problem-run')).toHaveText('');
  await expect(page.getByTestId('kept-table').locator('tbody tr')).toHaveCount(1);
});

test('where the browser keeps nothing for the page it says so, and predicts all the same', async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(IDBFactory.prototype, 'open', {
      value: () => {
        throw new DOMException('No.', 'SecurityError');
      },
    });
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await trained(page, 'NB');
  await page.getByTestId('keep-NB').click();
  await page.getByTestId('keep-it').click();
  await expect(page.getByTestId('problem-run')).toHaveText(
    'This browser keeps nothing for this page (SecurityError): download the model instead.',
  );
  await page.getByTestId('predict-run-NB').click();
  await page.getByTestId('predict-file').setInputFiles(file('next.csv', OTHER));
  await expect(page.getByTestId('predicted')).toContainText('30 rows');
  expect(errors).toEqual([]);
});

test('a model of generated rows says that it predicts no table; one of a built-in data set does, with a warning', async ({
  page,
}) => {
  await ready(page, `classifiers=NB&data.n_samples=300&${QUICK}`);
  await run(page);
  await page.getByTestId('predict-run-NB').click();
  await expect(page.getByTestId('predict-panel')).toContainText('knows no names of columns');
  await expect(page.getByTestId('predict-file')).toHaveCount(0);
  await page.goto('about:blank');
  await ready(page, `classifiers=NB&data.dataset=iris&${QUICK}`);
  await run(page);
  // It was shut by the run.
  await page.getByTestId('predict-run-NB').click();
  await expect(page.getByTestId('predict-panel')).toContainText('The features of iris were standardised before');
});

test('a prediction is cancelled, and another file then predicted', async ({ page }) => {
  await trained(page, 'NB');
  await page.getByTestId('predict-run-NB').click();
  const many = csv(HEAD, ...rows(150)) + TRAINED.slice(TRAINED.indexOf('\n') + 1).repeat(1500);
  await page.getByTestId('predict-file').setInputFiles(file('many.csv', many));
  await page.getByTestId('predict-cancel').click();
  await expect(page.getByTestId('predicting')).toHaveCount(0);
  await expect(page.getByTestId('predict-error')).toHaveText('');
  await page.getByTestId('predict-file').setInputFiles(file('next.csv', OTHER));
  await expect(page.getByTestId('predicted')).toContainText('30 rows of next.csv', { timeout: 30_000 });
});

test('importances are a chart and a table, by name here and by number in the report; axe finds nothing', async ({
  page,
}) => {
  await trained(page);
  const figure = page.getByTestId('chart-importances-RF');
  await expect(figure.locator('svg')).toBeVisible();
  await expect(figure.locator('figcaption')).toHaveText(
    /^RF tells most by (size|kind of place_\w+): 0\.\d+ of its importance$/,
  );
  const { name, text } = await saved(page, 'save-csv-importances-RF');
  expect(name).toBe('importances-RF.csv');
  const body = records(text).slice(1);
  expect(body.map(([column]) => column).sort()).toEqual([
    'kind of place_high',
    'kind of place_low',
    'kind of place_mid',
    'noise',
    'size',
  ]);
  expect(body.reduce((sum, [, , value]) => sum + Number(value), 0)).toBeCloseTo(1, 9);
  const told = await page.evaluate(() => document.querySelector('breakeven-lab')?.report?.training.at(-1)?.importances);
  expect(told).toEqual({ n_columns: 5, columns: expect.any(Array), values: expect.any(Array) });
  expect(told?.columns).toHaveLength(5);
  await page.getByTestId('keep-RF').click();
  await expect(page.getByTestId('keep-name')).toBeFocused();
  await page.getByTestId('predict-run-RF').click();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await problems(page)).toEqual([]);
  }
});

const FRAME = `${SITE}embed.html?view=training+models#classifiers=NB&data.dataset=iris&${QUICK}`;

test('in a frame of the same site a model is kept and found again', async ({ page }) => {
  const show = async () => {
    await page.goto(`${SITE}embed-guide.html`);
    await page.evaluate((src) => {
      document.body.replaceChildren(Object.assign(document.createElement('iframe'), { src, width: 900, height: 900 }));
    }, FRAME);
  };
  await show();
  const frame = page.frameLocator('iframe');
  await frame.getByTestId('run').click();
  await expect(frame.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  await frame.getByTestId('keep-NB').click();
  await expect(frame.getByTestId('keep-name')).toHaveValue('NB iris');
  await frame.getByTestId('keep-it').click();
  await expect(frame.getByTestId('kept-table').locator('tbody tr')).toHaveCount(1);
  await page.goto('about:blank');
  await show();
  await expect(frame.getByTestId('kept-table').locator('tbody tr')).toHaveCount(1, { timeout: 30_000 });
  await expect(frame.getByTestId('kept-words')).toContainText('of which a frame may have one of its own');
});

test('in a frame of another site, which has no storage here, that is said, and a file is predicted', async ({
  page,
}) => {
  const host = await blog(`<iframe src="${FRAME}" width="900" height="900"></iframe>`);
  try {
    await page.goto(host.url);
    const frame = page.frameLocator('iframe');
    await frame.getByTestId('run').click();
    await expect(frame.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
    await frame.getByTestId('keep-NB').click();
    await frame.getByTestId('keep-it').click();
    await expect(frame.getByTestId('problem-run')).toContainText(
      'This browser keeps nothing for this page (UnknownError)',
    );
    await frame.getByTestId('predict-run-NB').click();
    const iris =
      'petal width (cm),petal length (cm),sepal width (cm),sepal length (cm)\n-1.3,-1.3,1,-0.9\n1.4,1.2,0,1.1\n';
    await frame.getByTestId('predict-file').setInputFiles(file('iris.csv', iris));
    await expect(frame.getByTestId('predicted')).toContainText('2 rows of iris.csv');
    await expect(frame.getByTestId('predicted')).toContainText('setosa 1 and virginica 1');
  } finally {
    host.close();
  }
});

test('who keeps nothing has nothing made in the browser’s storage, and fetches nothing for it', async ({ page }) => {
  const scripts: string[] = [];
  page.on('request', (request) => scripts.push(request.url()));
  await ready(page, QUICK);
  await expect(page.locator('breakeven-part[name=models] .later')).toBeVisible();
  expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  expect(scripts.filter((url) => url.includes('model-store'))).toEqual([]);
});
