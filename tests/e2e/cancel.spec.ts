/** Cancel, wherever a run is: the page answers at once, nothing stays under way, and the next run works. */
import { expect, type Page, test } from '@playwright/test';
import { ready, run, TINY } from './run.js';
import { busyShare } from './tasks.js';

test.describe.configure({ timeout: 90_000 });

/** What a visitor takes for at once. On a machine that others use, too, one of some tries has to be so quick. */
const AT_ONCE_MS = 200;
const TRIES = 4;
/** As little as there is, of one classifier. */
const ONE = TINY.replace('NB,RF', 'NB');

const FOREST = JSON.stringify({
  RF: { estimator: 'RandomForestClassifier', params: { n_estimators: 3000 }, param_grid: {} },
});
const SEARCH = JSON.stringify({
  LR: {
    estimator: 'LogisticRegression',
    param_grid: { C: Array.from({ length: 90 }, (_, i) => (i + 1) / 10), penalty: ['l1', 'l2'] },
  },
});

/** Where a run is to be cancelled: settings that make it stay there, and what the page says of it then. */
const STAGES: Record<string, [hash: string, status: string, detail: RegExp]> = {
  'the engine starts': [ONE, 'Starting the engine', /^/],
  'data are made': ['data.n_samples=1000000&data.n_features=40&classifiers=NB', 'Making the data', /^/],
  'a grid is searched': [`data.n_samples=50000&classifiers=${encodeURIComponent(SEARCH)}`, 'Training', /LR/],
  'a forest grows': [`classifiers=${encodeURIComponent(FOREST)}`, 'Training', /RF/],
  'rows to predict are made': ['classifiers=NB&inference.n_samples=10000000', 'Predicting directly', /make rows/],
  'a forest predicts': ['classifiers=RF&data.n_samples=1000&inference.n_samples=3000000', 'Predicting directly', /RF/],
  'the first rounds are measured': [
    'classifiers=NB,RF&data.n_samples=1000&inference.n_samples=1000',
    'Measuring batch sizes',
    /^/,
  ],
  'a batch of many rows is measured': [
    'classifiers=RF&data.n_samples=1000&inference.n_samples=1000&sweep.batch_sizes=10,10000000',
    'Measuring batch sizes',
    /^/,
  ],
};

interface Asked {
  /** The button that starts the work, the state and the words that tell that it is under way. */
  start: string;
  status: string;
  detail: string;
  /** The state after a cancel. */
  after: string;
  tries: number;
  at_once_ms: number;
}

interface Cancelled {
  /** Until the page said so, had drawn it and heard the next event, by try; no further ones where that was at once. */
  answered_ms: number[];
  /** Until what was started at once after that was at work. */
  again_ms: number[];
  states: string[];
}

/** Starts, waits until the page says where it is, cancels and starts at once: until one try was quick enough. */
function cancelAt(page: Page, asked: Partial<Asked> & Pick<Asked, 'status'>): Promise<Cancelled> {
  const whole: Asked = {
    ...{ start: 'run', detail: '', after: 'cancelled', tries: TRIES, at_once_ms: AT_ONCE_MS },
    ...asked,
  };
  return page.evaluate(async ({ start, status, detail, after, tries, at_once_ms }) => {
    const lab = document.querySelector('breakeven-lab') as HTMLElementTagNameMap['breakeven-lab'];
    const find = (id: string) => lab.shadowRoot?.querySelector<HTMLButtonElement>(`[data-testid=${id}]`);
    const state = () => find('progress')?.dataset.state ?? '';
    const says = () => find('status')?.textContent ?? '';
    const details = () => lab.shadowRoot?.querySelector('.progress .detail')?.textContent ?? '';
    const until = async (what: string, holds: () => boolean) => {
      const begun = performance.now();
      while (!holds()) {
        if (performance.now() - begun > 30_000) throw new Error(`${what} never came: ${state()}, ${says()}`);
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
      return performance.now() - begun;
    };
    const found: Cancelled = { answered_ms: [], again_ms: [], states: [] };
    for (let nth = 0; nth < tries; nth++) {
      // An engine of another width has to be started.
      if (status === 'Starting the engine') lab.experiment = { ...lab.experiment, n_threads: 2 + (nth % 2) };
      if (nth === 0 || status === 'Starting the engine') find(start)?.click();
      await until(status, () => says() === status && new RegExp(detail).test(details()));
      // Somewhere in the middle of it.
      if (status !== 'Starting the engine') await new Promise((resolve) => setTimeout(resolve, 100 + 150 * nth));
      found.states.push(state());
      const cancelled = performance.now();
      find('cancel')?.click();
      await until('a cancel', () => state() === after && !find('run')?.disabled);
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      const answered_ms = performance.now() - cancelled;
      found.answered_ms.push(answered_ms);
      found.states.push(state());
      find(start)?.click();
      found.again_ms.push(await until('the next one', () => state() === 'running'));
      if (answered_ms < at_once_ms) break;
      if (status === 'Starting the engine') find('cancel')?.click();
    }
    find('cancel')?.click();
    return found;
  }, whole);
}

function expectAtOnce({ answered_ms, again_ms }: Cancelled): void {
  expect(Math.min(...answered_ms), `${answered_ms}`).toBeLessThan(AT_ONCE_MS);
  expect(Math.max(...answered_ms), `${answered_ms}`).toBeLessThan(1500);
  // What does not hear a cancel for half a second loses its engine, and the next run starts one.
  expect(Math.min(...again_ms), `${again_ms}`).toBeLessThan(4000);
}

/** A run from its beginning to its end, after all that. */
async function completes(page: Page): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, ONE);
  await run(page);
  await expect(page.getByTestId('error')).toHaveText('');
  await expect(page.getByTestId('verdict')).toContainText('On this machine,');
}

for (const [where, [hash, status, detail]] of Object.entries(STAGES)) {
  test(`cancelled while ${where}, the page answers at once and runs again`, { tag: '@alone' }, async ({ page }) => {
    await ready(page, hash);
    const found = await cancelAt(page, { status, detail: detail.source });
    expectAtOnce(found);
    const before = status === 'Starting the engine' ? 'opening' : 'running';
    expect(new Set(found.states)).toEqual(new Set([before, 'cancelled']));
    await completes(page);
  });
}

test('cancelled while it measures longer, the page keeps what was found and measures on when it is asked to', {
  tag: '@alone',
}, async ({ page }) => {
  await ready(page, ONE);
  await run(page);
  const before = await page.getByTestId('verdict').textContent();
  const start = 'measure-longer';
  const found = await cancelAt(page, { start, status: 'Measuring batch sizes', after: 'done' });
  expectAtOnce(found);
  expect(await page.getByTestId('verdict').textContent()).toContain(before?.slice(0, 16));
  await completes(page);
});

test('a closer look is cancelled, or ended by the next run; neither is an error', { tag: '@alone' }, async ({
  page,
}) => {
  await ready(page, ONE);
  await run(page);
  for (const look of ['parked', 'thread_counts']) {
    for (const end of ['cancel', 'run']) {
      await page.getByTestId(`measure-${look}`).click();
      const bar = page.getByTestId(`invitation-${look}`).locator('progress');
      await expect(bar).toHaveCount(1);
      await page.waitForTimeout(300);
      await page.getByTestId(end).click();
      await expect(bar).toHaveCount(0, { timeout: 1000 });
      await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 30_000 });
      await expect(page.getByTestId(`measure-${look}`)).toBeEnabled();
      await expect(page.getByTestId('error')).toHaveText('');
    }
  }
  // Not cancelled, it comes to its end.
  await page.getByTestId('measure-parked').click();
  await expect(page.getByTestId('chart-parked-NB').locator('svg').first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId('cancel')).toBeDisabled();
});

test('Run and Cancel pressed twenty times in quick succession leave one state, and nothing under way', {
  tag: '@alone',
}, async ({ page }) => {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await ready(page, ONE);
  await expect.poll(() => page.workers().length).toBeGreaterThan(0);
  for (const pause_ms of [0, 40, 150]) {
    const events = await page.evaluate(async (pause_ms) => {
      const lab = document.querySelector('breakeven-lab') as HTMLElementTagNameMap['breakeven-lab'];
      const find = (id: string) => lab.shadowRoot?.querySelector<HTMLButtonElement>(`[data-testid=${id}]`);
      const events: Record<string, number> = {};
      for (const name of ['breakeven-cancel', 'breakeven-result', 'breakeven-error'] as const)
        lab.addEventListener(name, () => {
          events[name] = (events[name] ?? 0) + 1;
        });
      const pause = () => new Promise((resolve) => setTimeout(resolve, pause_ms));
      for (let times = 0; times < 20; times++) {
        await pause();
        find('run')?.click();
        await pause();
        find('cancel')?.click();
      }
      // Longer than a cancelled run may keep its engine.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return events;
    }, pause_ms);
    expect(events).toEqual({ 'breakeven-cancel': 20 });
    await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'cancelled');
    await expect(page.getByTestId('run')).toBeEnabled();
    await expect(page.getByTestId('cancel')).toBeDisabled();
    expect(await busyShare(page), `a share of the processor, after pauses of ${pause_ms} ms`).toBeLessThan(0.2);
  }
  await completes(page);
  expect(problems).toEqual([]);
});
