import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { unfold } from './run.js';

const REFERENCE = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/linear.json'), 'utf8'));
/** The notebook's training whole, the sweep short. */
const SHORT = 'sweep.batch_sizes=10,1000,20000&sweep.budget_ms=30';

test.describe.configure({ timeout: 180_000 });

async function run(page: Page, hash: string): Promise<void> {
  await page.goto(`/#${hash}`);
  await page.getByTestId('environment').waitFor();
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 170_000 });
}

/** The host's page without the headers that isolate it. */
async function withoutIsolation(page: Page): Promise<void> {
  await page.route('**/*', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    delete headers['cross-origin-opener-policy'];
    delete headers['cross-origin-embedder-policy'];
    delete headers['document-isolation-policy'];
    await route.fulfill({ response, headers });
  });
}

async function table(page: Page, id: string): Promise<string[][]> {
  const rows = page.getByTestId(id).locator('tbody tr');
  return rows.evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').trim())),
  );
}

for (const [tier, isolated] of [
  ['threads', true],
  ['workers', false],
] as const) {
  test(`the notebook's experiment gives scikit-learn's table on the ${tier} tier`, async ({ page }) => {
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    if (!isolated) await withoutIsolation(page);
    await run(page, SHORT);

    await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', tier);
    if (!isolated) await expect(page.getByTestId('tier-reason')).toContainText('not cross-origin isolated');
    const rows = await table(page, 'results-table');
    expect(rows.map((row) => row[0])).toEqual(['RF', 'LR', 'SVC', 'NB']);
    for (const [name = '', , train, accuracy] of rows) {
      const within = name === 'LR' || name === 'SVC' ? 0.0015 : 0.000051;
      expect(Math.abs(Number(train) - REFERENCE.notebook[name].train_acc), name).toBeLessThanOrEqual(within);
      expect(Math.abs(Number(accuracy) - REFERENCE.notebook[name].test_acc), name).toBeLessThanOrEqual(within);
    }
    expect((await table(page, 'inference-table')).map((row) => row[0])).toEqual(['NB', 'LR', 'SVC', 'RF']);
    const parallel = isolated ? ['threads', 'workers'] : ['workers'];
    const verdicts = await table(page, 'break-even-table');
    expect(verdicts.map((row) => row[1])).toEqual([...parallel, ...parallel, ...parallel, ...parallel]);
    // This run's, not the recorded ones that stood there before.
    await expect(page.getByTestId('verdict')).toContainText('On this machine,');
    for (const chart of ['chart-training', 'chart-accuracy', 'chart-sweep-NB', 'chart-sweep-RF']) {
      await expect(page.getByTestId(chart).locator('svg').first()).toBeVisible();
      await expect(page.getByTestId(chart).locator('figcaption .tag')).toHaveCount(0);
    }
    expect(problems).toEqual([]);
  });
}

test('the report that the page gives holds every point, equal to serial, and the model files can be loaded', async ({
  page,
}) => {
  // Time enough that on a busy machine no call is too long for it.
  await run(page, 'sweep.batch_sizes=10,1000,20000&sweep.budget_ms=100');
  const download = page.waitForEvent('download');
  await page.getByTestId('download-report').click();
  const report = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  expect(report.format).toBe('breakeven-report');
  for (const name of ['NB', 'LR', 'SVC', 'RF']) {
    const { points } = report.sweeps[name];
    // All sizes by all strategies; looking for break-evens adds others.
    const asked = (size: number) => points.filter((point: { n_rows: number }) => point.n_rows === size).length;
    expect([10, 1000, 20_000].map(asked), name).toEqual([4, 4, 4]);
    expect(points.every((point: { equal_to_serial: boolean }) => point.equal_to_serial)).toBe(true);
  }
  expect(report.training[1].cv_results.mean_test_score).toHaveLength(21);
  expect(report.training[1].cv_results.error).toEqual(new Array(21).fill(null));

  const file = page.waitForEvent('download');
  await page.getByTestId('download-model-RF').click();
  const bytes = [...readFileSync(await (await file).path())];
  const model = await page.evaluate(async (bytes) => {
    const api = await import(new URL('breakeven.js', document.baseURI).href);
    const engine = await api.load();
    const model = await engine.loadModel(new Uint8Array(bytes));
    const { trees } = await model.attributes();
    const facts = [model.estimator, model.n_features_in, trees.length];
    await engine.dispose();
    return facts;
  }, bytes);
  expect(model).toEqual(['RandomForestClassifier', 10, 100]);
});

test('real measurements: the whole experiment on breast_cancer', async ({ page }) => {
  await run(page, `data.dataset=breast_cancer&${SHORT}`);
  const rows = await table(page, 'results-table');
  expect(rows).toHaveLength(4);
  for (const [name, , , accuracy] of rows) expect(Number(accuracy), name).toBeGreaterThan(0.89);
  await expect(page.getByTestId('verdict')).toContainText('On this machine,');
});

test('a run can be cancelled, and the next one trains within two seconds', { tag: '@alone' }, async ({ page }) => {
  // Trained to its end, this forest takes five times as long and more.
  const forest = { estimator: 'RandomForestClassifier', params: { n_estimators: 3000 }, param_grid: {} };
  await page.goto(`/#${SHORT}&classifiers=${encodeURIComponent(JSON.stringify({ RF: forest }))}`);
  await page.getByTestId('environment').waitFor();
  await page.getByTestId('run').click();
  await expect(page.getByTestId('status')).toHaveText('Training', { timeout: 60_000 });
  const { states, ms } = await page.evaluate(async () => {
    const lab = document.querySelector('breakeven-lab')?.shadowRoot;
    const find = (id: string) => lab?.querySelector<HTMLElement>(`[data-testid=${id}]`);
    const state = () => find('progress')?.dataset.state;
    const start = performance.now();
    const until = async (holds: () => boolean) => {
      while (!holds() && performance.now() - start < 20_000) await new Promise((resolve) => setTimeout(resolve, 5));
      return state();
    };
    const states = [state()];
    find('cancel')?.click();
    states.push(await until(() => state() === 'cancelled'));
    // The page says so at once; that the engine is free shows when the next run has made its data.
    find('run')?.click();
    states.push(await until(() => find('status')?.textContent === 'Training'));
    return { states, ms: performance.now() - start };
  });
  expect(states).toEqual(['running', 'cancelled', 'running']);
  expect(ms).toBeLessThan(2000);
  await page.getByTestId('cancel').click();
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `classifiers=NB&${SHORT}`);
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 120_000 });
});

test('impossible settings are named on the page, which goes on working', async ({ page }) => {
  await page.goto(`/#classifiers=NB&${SHORT}`);
  await page.getByTestId('environment').waitFor();
  const attempt = async (id: string, value: string) => {
    await page.getByTestId(id).fill(value);
    await page.getByTestId(id).press('Tab');
  };
  await unfold(page);
  await attempt('setting-data-n_informative', '12');
  await expect(page.getByTestId('setting-data-n_informative')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('#setting-data-n_informative-error')).toContainText(
    '“Informative” is 12: use at most 10 (“Features”).',
  );
  await page.getByTestId('run').click();
  await expect(page.getByTestId('error')).toHaveAttribute('data-code', 'invalid_param');
  await expect(page.getByTestId('error')).toContainText('“Informative”');
  await attempt('setting-data-n_informative', '2');
  await attempt('setting-split-test_size', '2');
  await page.getByTestId('run').click();
  await expect(page.getByTestId('error')).toContainText('“Test share”');
  await attempt('setting-split-test_size', '0.2');
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 120_000 });
});

/** What an address may ask for; whether it is refused with the address, or with which code by the run; in which words. */
const IMPOSSIBLE: Record<string, [hash: string, how: string, words: RegExp]> = {
  'n_informative above n_features': ['data.n_informative=12', 'refused', /n_informative.*12.*at most 10/],
  'test_size 2': ['split.test_size=2', 'refused', /test_size.*2.*from 0.01 to 0.99/],
  'C of 0': [
    'classifiers={"LR":{"estimator":"LogisticRegression","param_grid":{"C":[0]}}}',
    'invalid_param',
    /C = 0 .*must be a number > 0/,
  ],
  'an empty grid': [
    'classifiers={"SVC":{"estimator":"LinearSVC","param_grid":{"C":[]}}}',
    'refused',
    /param_grid\.C.*\[\].*a list of 1 to 100 values/,
  ],
  'one class': ['data.weights=1,0&data.flip_y=0', 'too_few_classes', /at least 2 classes.*holds 1/],
  'no number': ['data.class_sep=NaN', 'refused', /class_sep.*NaN.*a number/],
  'more rows than memory': ['data.n_samples=4000000000', 'refused', /n_samples.*4000000000.*20 to 1000000/],
  'more cells than memory': [
    'data.n_samples=1000000&data.n_features=900',
    'refused',
    /n_samples.*1000000.*at most 55555 with 900 features/,
  ],
};

for (const [what, [hash, how, words]] of Object.entries(IMPOSSIBLE)) {
  test(`${what}: said on the page, which goes on`, async ({ page }) => {
    await page.goto(`/#${encodeURI(hash)}`);
    await page.getByTestId('environment').waitFor();
    const refused = page.getByTestId('refused');
    if (how === 'refused') await expect(refused).toContainText(words);
    else {
      await page.getByTestId('run').click();
      await expect(page.getByTestId('error')).toHaveAttribute('data-code', how, { timeout: 20_000 });
      await expect(page.getByTestId('error')).toContainText(words);
    }
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `classifiers=NB&data.n_samples=500&inference.n_samples=500&${SHORT}`);
    await expect(refused).toHaveText('');
    await page.getByTestId('run').click();
    await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  });
}

test('a table of one’s own: what cannot be classes is said, a good table runs', async ({ page }) => {
  await page.goto(`/#classifiers=NB,LR&inference.n_samples=500&${SHORT}`);
  await page.getByTestId('environment').waitFor();
  await unfold(page);
  await page.getByTestId('setting-data-dataset').selectOption('csv');
  const give = async (name: string, text: string) => {
    await page
      .getByTestId('setting-data-file')
      .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.getByTestId('run').click();
  };
  // Two overlapping clouds, without a random number.
  const line = (i: number) => `${Math.sin(i) + (i % 2)},${Math.cos(3 * i) * 2},${i % 2 ? 'yes' : 'no'}`;
  const good = ['a,b,label', ...Array.from({ length: 200 }, (_, i) => line(i))];
  await page.getByTestId('run').click();
  await expect(page.getByTestId('error')).toContainText('“Table”');
  await give('ragged.csv', good.with(7, '1,2,3,4,no').join('\n'));
  await expect(page.getByTestId('error')).toHaveAttribute('data-code', 'bad_table');
  await expect(page.getByTestId('error')).toContainText(/line 8/i);
  // Without being run, too: beside the field.
  await expect(page.locator('#setting-data-file-hint')).toContainText(/line 8/i);
  await give('measured.csv', ['a,b,price', ...good.slice(1).map((row, i) => row.replace(/\w+$/, `${i}.5`))].join('\n'));
  await expect(page.getByTestId('error')).toContainText(
    "Unknown label type: continuous. Column 'price' has 200 different numbers, not all of them whole",
  );
  await give('<img src=x onerror=alert(1)>.csv', good.join('\n'));
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  expect((await table(page, 'results-table')).map((row) => row[0]).sort()).toEqual(['LR', 'NB']);
  await expect(page.getByTestId('notes')).toContainText('.csv, repeated in order');
});

test('a table that was corrected on disk is read again when it is chosen again', async ({ page }, info) => {
  await page.goto(`/#classifiers=NB&inference.n_samples=500&${SHORT}`);
  await page.getByTestId('environment').waitFor();
  await unfold(page);
  await page.getByTestId('setting-data-dataset').selectOption('csv');
  const input = page.getByTestId('setting-data-file');
  const path = info.outputPath('mine.csv');
  for (const [csv, classes] of [
    ['a,b\noops,x\n', 'is the same in all rows'],
    ['a,b\n1,x\n2,y\n', '2 classes'],
  ] as const) {
    writeFileSync(path, csv);
    const choosing = page.waitForEvent('filechooser');
    await input.click();
    const chooser = await choosing;
    // Browsers tell of a change only where the field holds something else than what is chosen.
    expect(await input.evaluate((field: HTMLInputElement) => field.value)).toBe('');
    await chooser.setFiles(path);
    await expect(page.getByTestId('table-classes')).toContainText(classes);
  }
});

test('the page works by keyboard alone', async ({ page }) => {
  await page.goto(`/#${SHORT}`);
  await page.getByTestId('environment').waitFor();
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    const id = await page.evaluate(
      () => document.activeElement?.shadowRoot?.activeElement?.getAttribute('data-testid') ?? '',
    );
    if (id === 'run') break;
  }
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', /running|opening/);
  // The focus has gone on to Cancel.
  await expect(page.getByTestId('cancel')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'cancelled');
});
