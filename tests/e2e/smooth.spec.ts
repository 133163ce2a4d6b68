/** What a visitor feels: no stutter, nothing that moves, nothing fetched, nothing too wide, on paper too. */
import { expect, test } from '@playwright/test';
import { ready, run, SHORT, TINY } from './run.js';

test.describe.configure({ timeout: 180_000 });

declare global {
  interface Window {
    seen: { longest: number; tasks: number[]; shift: number; shifts: string[] };
  }
}

test('during a whole run no task holds the page for long, nothing shifts and nothing is fetched', async ({ page }) => {
  const requests: string[] = [];
  await page.addInitScript(() => {
    const seen = { longest: 0, tasks: [] as number[], shift: 0, shifts: [] as string[] };
    window.seen = seen;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        seen.tasks.push(Math.round(duration));
        seen.longest = Math.max(seen.longest, duration);
      }
    }).observe({ type: 'longtask', buffered: false });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        sources: { node: Node | null }[];
      })[]) {
        seen.shift += entry.value;
        seen.shifts.push(
          `${entry.value.toFixed(4)} ${entry.sources.map(({ node }) => (node as Element | null)?.nodeName).join()}`,
        );
      }
    }).observe({ type: 'layout-shift', buffered: false });
  });
  await ready(page, SHORT);
  await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(1500);
  page.on('request', (request) => requests.push(request.url()));
  await page.evaluate(() => Object.assign(window.seen, { longest: 0, tasks: [], shift: 0, shifts: [] }));
  await run(page);
  await page.waitForTimeout(1000);
  const seen = await page.evaluate(() => window.seen);
  test
    .info()
    .annotations.push(
      { type: 'tasks over 50 ms', description: `${seen.tasks.join(', ') || 'none'} (ms)` },
      { type: 'layout shift', description: `${seen.shift.toFixed(4)} ${seen.shifts.join('; ')}` },
    );
  // Google calls 0.1 good; what is left here is the length of a line.
  expect(seen.shift).toBeLessThan(0.02);
  expect(requests.filter((url) => !url.startsWith('blob:'))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
});

for (const width of [320, 390, 768, 1280, 2560, 3840]) {
  test(`nothing is wider than the window at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await ready(page, TINY);
    await expect(page.getByTestId('chart-data').locator('svg')).toBeVisible();
    await page.waitForTimeout(500);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
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

test('first paint and readiness', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByTestId('environment')).toHaveAttribute('data-tier', 'threads');
  const [paint, started] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    performance.now(),
  ]);
  test.info().annotations.push({
    type: 'first paint, ready',
    description: `${paint?.toFixed(0)} ms, ${started?.toFixed(0)} ms`,
  });
  expect(paint).toBeGreaterThan(0);
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
