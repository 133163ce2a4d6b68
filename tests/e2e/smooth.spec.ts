/** What a visitor feels: no stutter, nothing that moves, nothing fetched, nothing too wide, on paper too. */
import { expect, test } from '@playwright/test';
import { ready, run, SHORT, TINY, unfold } from './run.js';
import { tasksDuring } from './tasks.js';

test.describe.configure({ timeout: 180_000 });

declare global {
  interface Window {
    seen: { shift: number; shifts: string[] };
  }
}

/** Milliseconds on the processor: longer tasks are felt (web.dev's "long tasks"). */
const LONG_MS = 50;

test('during a whole run no task holds the page for long, nothing shifts and nothing new is fetched', {
  tag: '@alone',
}, async ({ page, browser }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.addInitScript(() => {
    const seen = { shift: 0, shifts: [] as string[] };
    window.seen = seen;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        sources: { previousRect: DOMRect; currentRect: DOMRect }[];
      })[]) {
        seen.shift += entry.value;
        seen.shifts.push(
          `${entry.value.toFixed(4)} ${entry.sources.map(({ previousRect, currentRect }) => `y ${previousRect.y} to ${currentRect.y}`).join()}`,
        );
      }
    }).observe({ type: 'layout-shift', buffered: false });
  });
  await ready(page, SHORT);
  await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(1500);
  const before = new Set(requests.splice(0));
  await page.evaluate(() => Object.assign(window.seen, { shift: 0, shifts: [] }));
  const tasks = await tasksDuring(browser, page, async () => {
    await run(page);
    await page.waitForTimeout(1000);
  });
  const { shift, shifts } = await page.evaluate(() => window.seen);
  expect(tasks.length).toBeGreaterThan(100);
  // What a quiet machine does in LONG_MS takes up to twice as long where others share its cores' caches.
  expect(tasks[0], `ms: ${tasks.slice(0, 5)}`).toBeLessThan(3 * LONG_MS);
  // Google calls 0.1 good; what is left here is the length of the verdict, which moves the few words beneath it.
  expect(shift, shifts.join('; ')).toBeLessThan(0.01);
  // Measurements are spread over several starts of the engine, each of which reads its files again.
  expect(requests.filter((url) => !url.startsWith('blob:') && !before.has(url))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
});

test('all charts at another width are drawn in many tasks', { tag: '@alone' }, async ({ page, browser }) => {
  await ready(page, TINY);
  await run(page);
  const charts = page.locator('svg.breakeven-chart');
  await expect(page.getByTestId('chart-overhead-NB').locator('svg')).toBeVisible();
  await page.waitForTimeout(1000);
  const widths = () => charts.evaluateAll((all) => all.map((chart) => Number(chart.getAttribute('width'))));
  const before = await widths();
  expect(before.length).toBeGreaterThan(6);
  const tasks = await tasksDuring(browser, page, async () => {
    await page.setViewportSize({ width: 700, height: 800 });
    await expect.poll(async () => (await widths()).every((width, i) => width !== before[i])).toBe(true);
  });
  expect(tasks.length).toBeGreaterThan(before.length);
  const whole = tasks.reduce((sum, task) => sum + task, 0);
  // On a machine so slow that one chart takes long: at least no large part of them at once.
  expect(tasks[0], `ms: ${tasks.slice(0, 5)}`).toBeLessThan(Math.max(LONG_MS, whole / 3));
});

for (const width of [320, 390, 768, 1280, 2560, 3840]) {
  test(`nothing is wider than the window at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await ready(page, TINY);
    await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    // Tables of numbers may be scrolled, each in its box; not so those that hold sentences.
    for (const id of ['break-even-table', 'rule-table', 'limits-table']) {
      const table = page.getByTestId(id);
      await expect(table.locator('td').first()).toBeVisible();
      const beyond = await table.evaluate((table) => {
        const box = (table.parentElement as Element).getBoundingClientRect();
        const cells = [...table.querySelectorAll('th, td')].map((cell) => cell.getBoundingClientRect());
        return cells.filter(({ left, right }) => left < box.left - 1 || right > box.right + 1).length;
      });
      expect(beyond, `cells of ${id} beyond its box`).toBe(0);
    }
  });
}

for (const width of [320, 390]) {
  test(`nor are the guide and the frame at ${width} pixels, with what was recorded`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    for (const path of ['/embed-guide.html', '/embed.html']) {
      await page.goto(path);
      await expect(page.getByTestId('run').first()).toBeVisible();
      await expect(page.locator('.recorded').first()).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
  });
}

const LONG = [
  'x'.repeat(200_000),
  'abcdefghij'.repeat(10),
  `classifiers=${'Q'.repeat(300)}`,
  `data.dataset=${'Q'.repeat(300)}`,
  `%zz${'Q'.repeat(300)}`,
];

test('an address that is refused widens neither the page nor the frame, however long its words are', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['/', '/embed.html']) {
    for (const hash of LONG) {
      await page.goto('about:blank');
      await page.goto(`${path}#${hash}`);
      const at = `${path}#${hash.slice(0, 30)}`;
      await expect(page.getByTestId('refused'), at).toHaveText(/asks for something else/);
      expect((await page.getByTestId('refused').textContent())?.length, at).toBeLessThan(400);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), at).toBeLessThanOrEqual(390);
    }
  }
});

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const) {
  test(`how far a run is stays on the first screen of ${width} by ${height} when the settings are unfolded`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await ready(page, SHORT);
    await page.getByTestId('run').click();
    await unfold(page);
    await expect(page.getByTestId('status')).toHaveText(/./);
    await expect(page.getByTestId('status')).toBeInViewport({ ratio: 1 });
    await expect(page.getByTestId('setting-data-n_samples')).toBeInViewport();
    await page.getByTestId('cancel').click();
  });
}

test('on paper there is what was found, and nothing to click', async ({ page }) => {
  await ready(page, TINY);
  await page.emulateMedia({ media: 'print' });
  for (const id of ['run', 'embed', 'choice-speedup', 'save-svg-speedup'])
    await expect(page.getByTestId(id)).toBeHidden();
  for (const id of ['verdict', 'results-table', 'chart-sweep-NB', 'hidden'])
    await expect(page.getByTestId(id)).toBeVisible();
  expect((await page.pdf()).length).toBeGreaterThan(50_000);
});

test('first paint and readiness', { tag: '@alone' }, async ({ page }) => {
  await page.goto('/');
  const ready = await page.waitForFunction(
    () =>
      document
        .querySelector('breakeven-lab')
        ?.shadowRoot?.querySelector('[data-testid=environment][data-tier=threads]') && performance.now(),
  );
  const ready_ms = await ready.jsonValue();
  const paint_ms = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  // 0.2 and 0.9 s on a quiet machine of two cores. Google calls a first paint of 1.8 s good.
  expect(paint_ms).toBeLessThan(1800);
  expect(ready_ms).toBeLessThan(5000);
  expect(ready_ms).toBeGreaterThan(paint_ms ?? Number.NaN);
});

test('the whole page by keyboard: every control is reached, and shows that it is', async ({ page }) => {
  await ready(page, TINY);
  await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
  const reached = new Set<string>();
  for (let presses = 0; presses < 140; presses++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      let active = document.activeElement;
      while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
      if (!active || active === document.body) return null;
      const target = active.matches('.choice input') ? (active.nextElementSibling as Element) : active;
      const style = getComputedStyle(active.matches('.unseen') ? (active.previousElementSibling as Element) : target);
      return {
        id: active.getAttribute('data-testid') ?? active.nodeName,
        outline: style.outlineStyle,
        width: style.outlineWidth,
      };
    });
    if (!at) break;
    reached.add(at.id);
    expect(`${at.id} ${at.outline}`).not.toBe(`${at.id} none`);
  }
  for (const id of ['run', 'embed', 'report-file', 'axis-across', 'save-svg-data', 'save-csv-speedup', 'copy-python']) {
    expect([...reached], id).toContain(id);
  }
});
