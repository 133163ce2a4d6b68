/** The lab's soak, short: what it looks at stays as it was, and it sees what does not. */
import { expect, test } from '@playwright/test';
import { grown, SLACK, soak } from '../../scripts/lab/soak.mjs';

test.describe.configure({ timeout: 180_000 });

test('twenty experiments and twenty engines leave a tab as it was', async () => {
  const found = await soak({ experiments: 20, loads: 20 });
  expect(found.verdict).toEqual([]);
  expect(found.experiments.samples).toHaveLength(11);
  for (const { heap, wasm, workers, frames } of found.experiments.samples) {
    expect(heap).toBeGreaterThan(1e6);
    expect(wasm).toBeGreaterThan(1e6);
    // The coordinator, its thread and the isolated workers, in the engine's frame.
    expect([workers, frames]).toEqual([4, 1]);
  }
  for (const { wasm, workers, frames } of [found.after, ...found.loads.samples])
    expect([wasm, workers, frames]).toEqual([0, 0, 0]);
});

test('a page that keeps something of each experiment is told of', async () => {
  const found = await soak({ experiments: 9, loads: 1 }, undefined, async (page) => {
    await page.evaluateOnNewDocument(() => {
      const kept: unknown[] = [];
      addEventListener('breakeven-result', () => kept.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5)));
    });
  });
  expect(found.verdict.filter((words) => words.startsWith('heap grows over experiments'))).toHaveLength(1);
});

test('what scatters is flat, what grows is not', () => {
  const mb = (...values: number[]) => values.map((value) => value * 1e6);
  expect(grown(mb(9, 9.5, 10, 10.1, 9.9, 10.1, 9.9, 10.2, 10), SLACK.heap)).toBeNull();
  expect(grown(mb(9, 10, 11, 12, 13, 14, 15, 16, 17), SLACK.wasm)).toEqual(mb(13, 16));
  expect(grown(mb(30, 30, 30, 32, 32, 32, 40, 40, 40), SLACK.wasm), 'a step').toBeNull();
  expect(grown(mb(5, 9), SLACK.heap), 'too few to tell').toBeNull();
});
