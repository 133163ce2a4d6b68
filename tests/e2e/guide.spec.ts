import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { PROPERTIES, pathOf } from '../../www/experiment/properties.js';
import { PARTS } from '../../www/widget/part-names.js';

test.describe.configure({ timeout: 120_000 });

test('every example of the guide is live under the strict policy, and shows what its code asks for', async ({
  page,
}) => {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto('/embed-guide.html');
  const labs = page.locator('pre + .live breakeven-lab');
  await expect(labs).toHaveCount(3);

  const [whole, parts, started] = [labs.nth(0), labs.nth(1), labs.nth(2)];
  await whole.scrollIntoViewIfNeeded();
  await expect(whole.getByTestId('run')).toBeVisible();
  await expect(whole.locator('p', { hasText: 'Until it is there' })).toBeHidden();
  await started.scrollIntoViewIfNeeded();
  await expect(started.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
  await expect(started.getByTestId('results-table').locator('tbody tr')).toHaveCount(3);
  await parts.scrollIntoViewIfNeeded();
  await parts.getByTestId('run').click();
  await expect(parts.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
  await expect(parts.getByTestId('sweep-RF')).toBeVisible();
  await expect(parts.getByTestId('training')).toHaveCount(0);
  expect(problems).toEqual([]);
});

test('the guide’s tables name every setting and every part', async ({ page }) => {
  await page.goto('/embed-guide.html');
  const names = await page.locator('#attributes tbody th').allTextContents();
  for (const path of PROPERTIES.map(pathOf))
    expect(
      names.some((name) => name.split(' or ')[0] === path),
      path,
    ).toBe(true);
  const dataset = page.locator('#attributes tbody tr').filter({ has: page.locator('th', { hasText: 'data.dataset' }) });
  await expect(dataset.locator('td').nth(1)).toHaveText('make_classification');
  await expect(page.locator('#parts tbody tr')).toHaveCount(Object.keys(PARTS).length);
  const places = await page.locator('[data-origin]').allTextContents();
  expect(places.length).toBeGreaterThan(0);
  expect(new Set(places)).toEqual(new Set([new URL(page.url()).origin]));
});

test('each attribute and part has an example, which a click makes live and possible', async ({ page }) => {
  await page.goto('/embed-guide.html');
  const examples = page.locator('#attributes td button, #parts td button');
  await expect(examples).toHaveCount((await page.locator('#attributes tbody tr').count()) + Object.keys(PARTS).length);
  const lab = page.locator('#try breakeven-lab');
  // The elements above fetch their faces when they come near, and move what is below them.
  for (const live of await page.locator('pre + .live breakeven-lab').all()) {
    await live.scrollIntoViewIfNeeded();
    await expect(live.getByTestId('progress')).toBeAttached();
  }
  await expect(page.locator('pre + .live').last().getByTestId('progress')).toHaveAttribute('data-state', 'done', {
    timeout: 90_000,
  });
  for (const example of await examples.all()) {
    const code = (await example.textContent()) ?? '';
    const [name = ''] = code.split('=');
    await example.click();
    const tag = await page.getByLabel('The tag').inputValue();
    // The first attribute of it: JSON has spaces, too.
    expect(tag).toContain(code.split(/(?<=["']) (?=[\w.]+=)/)[0]);
    await expect(lab).toHaveAttribute(name);
    await expect(lab.getByTestId('run'), code).toBeVisible();
    await expect(lab.getByText(': use '), code).toHaveCount(0);
    await expect(lab.getByTestId('error'), code).toHaveText('');
  }
});

test('the tag in the guide can be written by hand; what is impossible is said in the element', async ({ page }) => {
  await page.goto('/embed-guide.html');
  const [tag, lab] = [page.getByLabel('The tag'), page.locator('#try breakeven-lab')];
  await lab.scrollIntoViewIfNeeded();
  await tag.fill('<breakeven-lab data.n_samples="3"><script>window.ran = true</script></breakeven-lab>');
  await expect(lab.getByText('use a whole number from 20')).toBeVisible();
  await tag.fill('<p>nothing</p>');
  await expect(page.locator('#tag-problem')).toHaveText('There is no <breakeven-lab> in it.');
  await tag.fill('<breakeven-lab models="NB" sweep.batch_sizes="10" sweep.budget_ms="10">');
  await expect(page.locator('#tag-problem')).toHaveText('');
  await lab.getByTestId('run').click();
  await expect(lab.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 90_000 });
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the guide, the widget and its dialog: ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/embed-guide.html');
    await expect(page.locator('.live').first().getByTestId('run')).toBeVisible();
    await page.locator('.live').first().getByTestId('embed').click();
    await expect(page.locator('.live').first().getByTestId('embed-dialog')).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  });
}

test('without JavaScript the page shows recorded results: whose, when, as a figure and a table', async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${baseURL}index.html`);
  const figure = page.locator('breakeven-lab .recorded');
  await expect(figure.locator('svg')).toBeVisible();
  expect(await figure.locator('svg path').count()).toBeGreaterThan(12);
  expect(await figure.locator('table tbody tr').count()).toBeGreaterThanOrEqual(4);
  await expect(figure.locator('figcaption')).toContainText(/Recorded on .+ threads, Chromium \d+, on \d{4}-\d\d-\d\d/);
  await context.close();
});

test('the recorded results are what the recorder makes of a report, number by number', async () => {
  const { recorded } = await import('../../scripts/record.mjs');
  const point = (strategy: string, n_rows: number, median_ms: number) => ({ strategy, n_rows, median_ms });
  const report = {
    format: 'breakeven-report',
    environment: { user_agent: 'Mozilla/5.0 HeadlessChrome/156.0.0.0', n_threads: 3 },
    verdict: 'It <depends>.',
    sweeps: {
      NB: {
        points: [
          point('serial', 10, 0.01),
          point('serial', 1000, 1),
          point('threads', 10, 0.1),
          point('threads', 1000, 0.4),
        ],
        break_even: [{ strategy: 'threads', n_rows: 234, ci95: [200, 1300], verdict: 'pays' }],
      },
    },
  };
  const html = recorded(report, { machine: 'A "machine"', date: '2026-01-02' });
  expect(html).toContain('A &quot;machine&quot;, 3 threads, Chromium 156, on <time datetime="2026-01-02">');
  expect(html).toContain('It &lt;depends>.');
  expect(html).toContain('<th scope="row">NB</th><td>threads</td><td>234</td><td>200 to 1 300</td><td>pays</td>');
  // x from 52 to 306 over two decades; y from 186 up to 26 over two decades.
  expect(html).toContain('d="M52 186L306 26"');
  expect(html).toContain('d="M52 106L306 57.8"');
  expect(() => recorded({ ...report, sweeps: {} }, { machine: '', date: '' })).toThrow('no report with a sweep');
});

test('the committed recording is of the committed report', async () => {
  const { recorded } = await import('../../scripts/record.mjs');
  const read = (name: string) => readFileSync(join(import.meta.dirname, '../../www/page', name), 'utf8');
  const report = JSON.parse(read('recorded.json'));
  // The report keeps four digits, by which the figure's lines may differ; not so the table, and whose it is.
  const told = (html: string) => html.match(/Recorded on .*?<\/strong>|<table>.*<\/table>/gs);
  const html = read('recorded.html');
  expect(told(html)).toHaveLength(2);
  expect(told(html)).toEqual(told(recorded(report, { machine: report.machine, date: report.recorded_on })));
  for (const name of ['NB', 'LR', 'SVC', 'RF']) expect(html).toContain(`<th scope="row">${name}</th>`);
});
