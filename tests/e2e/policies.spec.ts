/** What a policy forbids: that of the site's own documents, and those that the guide tells other pages to have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { blog, DIST, type Host, SITE, staticHost } from './hosts.js';
import { giveTable, ready, run, TINY, unfold } from './run.js';

test.describe.configure({ timeout: 90_000 });

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

for (const path of ['index.html', 'embed.html', 'engine.html', 'embed-guide.html']) {
  test(`${path} has its policy in itself, on a host that sends none`, async ({ page }) => {
    const [host, elsewhere] = [await staticHost(DIST), await blog('', { 'Access-Control-Allow-Origin': '*' })];
    hosts.push(host, elsewhere);
    const response = await page.goto(`${host.url}${path}`);
    expect(response?.headers()['content-security-policy']).toBeUndefined();
    const found = await page.evaluate(async (elsewhere) => {
      const outcome = async (attempt: () => unknown) => {
        try {
          await attempt();
          return 'done';
        } catch (error) {
          return (error as Error).name;
        }
      };
      const { trustedTypes } = window as unknown as {
        trustedTypes: { createPolicy(name: string, rules: object): object };
      };
      const body = document.createElement('body');
      const script = document.createElement('script');
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      const outcomes = {
        markup: await outcome(() => {
          body.innerHTML = '<p>text</p>';
        }),
        script: await outcome(() => {
          script.src = 'index.js';
        }),
        worker: await outcome(() => new Worker('coordinator.worker.js')),
        policy: await outcome(() => trustedTypes.createPolicy('other', {})),
        sent: await outcome(() => fetch(elsewhere)),
        image: await outcome(async () => {
          const image = document.createElement('img');
          image.src = `${elsewhere}x.png`;
          await image.decode();
        }),
      };
      // Violations are told in tasks of their own.
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { outcomes, violations };
    }, elsewhere.url);
    expect(found.outcomes).toEqual({
      ...{ markup: 'TypeError', script: 'TypeError', worker: 'TypeError', policy: 'TypeError' },
      ...{ sent: 'TypeError', image: 'EncodingError' },
    });
    expect(found.violations).toEqual(expect.arrayContaining(['require-trusted-types-for', 'connect-src', 'img-src']));
  });
}

/** The policies that embed-guide.html tells a page to have, with the site's origin where the guide shows it. */
function advice(): { framed: string; frameless: string; types: string; directive: string } {
  const guide = readFileSync(join(import.meta.dirname, '../../embed-guide.html'), 'utf8');
  const codes = [...guide.matchAll(/<code>((?:(?!<\/code>).)+)<\/code>/gs)].map(([, code = '']) =>
    code.replaceAll('<span data-origin></span>', new URL(SITE).origin),
  );
  const starting = (words: string) => {
    const found = codes.filter((code) => code.startsWith(words));
    expect(found, words).toHaveLength(1);
    return found[0] ?? '';
  };
  return {
    framed: starting('Content-Security-Policy: ').replace('Content-Security-Policy: ', ''),
    frameless: starting('worker-src '),
    directive: starting('require-trusted-types-for'),
    types: starting('trusted-types '),
  };
}

async function tierUnder(page: Page, policy: string): Promise<{ tier: string; problems: string[] }> {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  const host = await blog(
    `<script type="module" src="${SITE}breakeven-lab.js"></script>
     <breakeven-lab models="NB" data.n_samples="500" inference.n_samples="2000" sweep.batch_sizes="10 1000"
       sweep.budget_ms="20"></breakeven-lab>`,
    { 'Content-Security-Policy': policy },
  );
  hosts.push(host);
  await page.goto(host.url);
  await page.getByTestId('run').click();
  await expect(page.getByTestId('progress')).toHaveAttribute('data-state', 'done', { timeout: 60_000 });
  await expect(page.getByTestId('chart-sweep-NB').locator('svg').first()).toBeVisible();
  const tier = await page.evaluate(() => document.querySelector('breakeven-lab')?.report?.environment.tier ?? '');
  return { tier, problems };
}

const STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'";

test('the guide’s policies are enough: with a frame for threads, with Trusted Types, too', async ({ page }) => {
  const { framed, directive, types } = advice();
  expect(await tierUnder(page, `${STRICT}; ${framed}`)).toEqual({ tier: 'threads', problems: [] });
  const typed = `${STRICT}; ${framed}; ${directive}; ${types}`;
  expect(await tierUnder(page, typed)).toEqual({ tier: 'threads', problems: [] });
});

test('and without a frame for isolated workers, which need the policy for their addresses', async ({ page }) => {
  const { frameless, directive, types } = advice();
  const open = await tierUnder(page, `${STRICT}; frame-src 'none'; ${frameless}`);
  expect(open.tier).toBe('workers');
  // That the frame was refused is all that is said.
  expect(open.problems.every((problem) => problem.includes('frame-src'))).toBe(true);
  const typed = await tierUnder(page, `${STRICT}; frame-src 'none'; ${frameless}; ${directive}; ${types}`);
  expect(typed.tier).toBe('workers');
  expect(typed.problems.filter((problem) => !problem.includes('frame-src'))).toEqual([]);
});

test('words of a file are text: markup in a table’s names and in a report stays what it is', async ({ page }, info) => {
  const MARKUP = '<img src=x onerror=alert(1)>';
  await ready(page, TINY);
  await unfold(page);
  const rows = Array.from({ length: 100 }, (_, i) => `${Math.sin(i)},${Math.cos(i)},${i % 2 ? MARKUP : 'b'}`);
  await giveTable(page, [`${MARKUP},b,label`, ...rows].join('\n'));
  await run(page);
  await expect(page.getByTestId('data')).toContainText(MARKUP);
  const download = page.waitForEvent('download');
  await page.getByTestId('download-report').click();
  const path = info.outputPath('report.json');
  await (await download).saveAs(path);
  const kept = JSON.parse(readFileSync(path, 'utf8'));
  kept.data.classes[0].name = MARKUP;
  const report = { ...kept, notes: [MARKUP], machine: MARKUP };

  await page.goto('about:blank');
  await ready(page, TINY);
  const file = { name: `${MARKUP}.json`, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(report)) };
  await page.getByTestId('report-file').setInputFiles(file);
  await expect(page.getByTestId('share-status')).toContainText(MARKUP);
  await expect(page.getByTestId('notes')).toContainText(MARKUP);
  await expect(page.getByTestId('verdict')).toContainText(MARKUP);
  await expect(page.locator('img')).toHaveCount(0);
});
