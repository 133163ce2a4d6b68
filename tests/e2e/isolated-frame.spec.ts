import { expect, test } from '@playwright/test';
import { blog, SITE } from './hosts.js';

test('on an ordinary blog the frame of embed.html is isolated, the blog is not', async ({ page, baseURL }) => {
  const host = await blog(`<iframe src="${baseURL}embed.html"></iframe>`);
  try {
    await page.goto(host.url);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    const frame = await (await page.waitForSelector('iframe')).contentFrame();
    await frame?.waitForLoadState();
    expect(await frame?.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function']);
  } finally {
    host.close();
  }
});

const QUICK = 'data.n_samples=500&inference.n_samples=2000&classifiers=NB&sweep.batch_sizes=10,1000&sweep.budget_ms=20';

test('the helper gives the frame the height of its content, before and after a run', async ({ page }) => {
  const host = await blog(
    `<iframe id="lab" src="${SITE}embed.html#${QUICK}" width="700" height="100"></iframe>
     <iframe id="other" src="about:blank" height="100"></iframe>
     <script type="module" src="${SITE}breakeven-embed.js"></script>`,
  );
  try {
    await page.goto(host.url);
    const frame = page.frameLocator('#lab');
    const fits = () =>
      page
        .evaluate(() => document.querySelector<HTMLElement>('#lab')?.clientHeight ?? 0)
        .then(async (height) => {
          const content = await frame.locator('html').evaluate((root) => root.scrollHeight);
          return height >= 200 && Math.abs(height - content) <= 1;
        });
    await expect(frame.getByTestId('run')).toBeVisible();
    await expect.poll(fits).toBe(true);
    const before = await page.evaluate(() => document.querySelector('#lab')?.clientHeight ?? 0);
    await frame.getByTestId('run').click();
    await expect(frame.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
    await expect(frame.getByTestId('environment')).toHaveAttribute('data-tier', 'threads');
    await expect.poll(fits).toBe(true);
    const after = await page.evaluate(() => document.querySelector('#lab')?.clientHeight ?? 0);
    expect(after).toBeGreaterThan(before + 500);

    // The page itself, and frames of others, have no say.
    await page.evaluate(() => {
      postMessage({ breakeven: 'height', height: 7 }, '*');
      const other = document.querySelector<HTMLIFrameElement>('#other')?.contentDocument;
      if (!other) throw new Error('There is no other frame.');
      const script = other.createElement('script');
      script.textContent = "parent.postMessage({ breakeven: 'height', height: 7 }, '*')";
      other.body.append(script);
    });
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => [...document.querySelectorAll('iframe')].map((one) => one.clientHeight))).toEqual([
      after,
      100,
    ]);
  } finally {
    host.close();
  }
});

for (const sandbox of ['allow-scripts allow-same-origin', 'allow-scripts']) {
  const whole = sandbox.includes('same-origin');
  test(`a frame with sandbox="${sandbox}" ${whole ? 'runs in threads' : 'says what it lacks'}`, async ({ page }) => {
    const host = await blog(
      `<iframe sandbox="${sandbox}" src="${SITE}embed.html?view=sweep#${QUICK}" width="700" height="100"></iframe>
       <script type="module" src="${SITE}breakeven-embed.js"></script>`,
    );
    try {
      await page.goto(host.url);
      const frame = page.frameLocator('iframe');
      await expect(frame.locator('.recorded')).toBeVisible();
      await frame.getByTestId('run').click();
      const state = whole ? 'done' : 'failed';
      await expect(frame.getByTestId('progress')).toHaveAttribute('data-state', state, { timeout: 50_000 });
      if (whole) {
        await expect(frame.getByTestId('environment')).toHaveAttribute('data-tier', 'threads');
        await expect(frame.getByTestId('training')).toHaveCount(0);
        await expect(frame.getByTestId('lacking')).toBeHidden();
      } else {
        await expect(frame.getByTestId('lacking')).toContainText('Add allow-same-origin');
        await expect(frame.getByTestId('error')).toContainText('allow-same-origin');
        await expect(frame.locator('.recorded')).toBeVisible();
      }
      const height = () => page.evaluate(() => document.querySelector('iframe')?.clientHeight ?? 0);
      await expect.poll(height).toBeGreaterThan(300);
    } finally {
      host.close();
    }
  });
}
