/** What everybody does, in every engine: load, run, embed, share, open a file, cancel, meet a broken host. */
import { blog, DIST, type Host, staticHost } from '../e2e/hosts.js';
import { TINY } from '../e2e/run.js';
import { expectSense } from '../e2e/sense.js';
import { expect, type Tab, test } from './tabs.js';

const hosts: Host[] = [];
test.afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
});

interface Part {
  text: string;
  value: string;
  attributes: Record<string, string>;
}

/** A part of the page, which may stand in the element's shadow; clicked, if asked for. */
const part = (tab: Tab, id: string, press = false) =>
  tab.ask(
    ([id, press]): Part => {
      const roots = [document, document.querySelector('breakeven-lab')?.shadowRoot];
      const found = roots.map((root) => root?.querySelector<HTMLElement>(`[data-testid=${id}]`)).find(Boolean);
      if (press) found?.click();
      return {
        text: found?.textContent?.replace(/\s+/g, ' ').trim() ?? '',
        value: (found as HTMLInputElement | null | undefined)?.value ?? '',
        attributes: Object.fromEntries([...(found?.attributes ?? [])].map(({ name, value }) => [name, value])),
      };
    },
    [id, press],
  );
const text = async (tab: Tab, id: string) => (await part(tab, id)).text;
const attribute = async (tab: Tab, id: string, name: string) => (await part(tab, id)).attributes[name] ?? '';
const click = (tab: Tab, id: string) => part(tab, id, true);
const reportOf = (tab: Tab) => tab.ask(() => document.querySelector('breakeven-lab')?.report ?? null);

async function ready(tab: Tab, url: string): Promise<void> {
  await tab.goto(url);
  await expect.poll(() => attribute(tab, 'environment', 'data-tier'), { timeout: 30_000 }).not.toBe('');
}

async function run(tab: Tab): Promise<void> {
  await click(tab, 'run');
  await expect.poll(() => attribute(tab, 'progress', 'data-state'), { timeout: 80_000 }).toBe('done');
}

for (const tier of ['threads', 'workers', 'serial'] as const) {
  test(`the ${tier} tier trains, and its strategies agree; where it is missing, it says why`, async ({
    tab,
    site,
    kind,
  }) => {
    await tab.goto(`${site}runner.html`);
    const found = await tab.ask(async (tier) => {
      const { load } = (await import(
        new URL('breakeven.js', document.baseURI).href
      )) as typeof import('../../www/breakeven.js');
      const spec = { estimator: 'RandomForestClassifier', params: { n_estimators: 20, random_state: 1 } } as const;
      const equal: Record<string, boolean | string> = {};
      try {
        const engine = await load({ tier, n_threads: 2 });
        const { X, y } = await engine.makeClassification({ n_samples: 600, n_features: 6, random_state: 3 });
        const model = await engine.fit(spec, X, y);
        const serial = await engine.predict(model, X, { strategy: 'serial' });
        for (const strategy of ['threads', 'workers', 'async', 'auto'] as const) {
          const of = engine.predict(model, X, { strategy });
          equal[strategy] = await of.then(
            (other) => other.y.every((label, row) => label === serial.y[row]) && other.y.length === 600,
            ({ code }) => code,
          );
        }
        const score = await model.score(X, y);
        const { environment } = engine;
        await engine.dispose();
        return { code: environment.tier, reason: environment.tier_reason, equal, score };
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return { code, reason: message, equal, score: 1 };
      }
    }, tier);
    const isThere = tier !== 'threads' || kind.tier === 'threads';
    expect(found.code).toBe(isThere ? tier : 'threads_unavailable');
    expect(found.score).toBeGreaterThan(0.99);
    if (!isThere) expect(found.reason).toContain('SharedArrayBuffer');
    else if (tier === 'threads') expect(found.reason).toBeNull();
    else expect(found.reason).toContain('was asked for');
    if (!isThere) return;
    expect(found.equal).toEqual({
      threads: tier === 'threads' ? true : 'threads_unavailable',
      workers: tier === 'serial' ? 'threads_unavailable' : true,
      async: true,
      auto: true,
    });
  });
}

test('the page runs its experiment, and says what came of it', async ({ tab, site, kind }) => {
  await ready(tab, `${site}#${TINY}`);
  await tab.ask(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    for (const level of ['warn', 'error'] as const) console[level] = (...words) => void said.push(words.join(' '));
    addEventListener('error', ({ message }) => said.push(message));
    addEventListener('unhandledrejection', ({ reason }) => said.push(String(reason)));
  });
  expect(await attribute(tab, 'environment', 'data-tier')).toBe(kind.tier);
  await run(tab);
  expect(await text(tab, 'verdict')).toMatch(/^On this machine.*(NB|RF)/);
  const report = await reportOf(tab);
  expectSense(report);
  const strategies = new Set(report?.sweeps.NB?.points.map(({ strategy }) => strategy));
  expect(strategies).toEqual(new Set(['serial', ...(kind.tier === 'threads' ? ['threads'] : []), 'workers', 'async']));
  expect(await tab.ask(() => (window as unknown as { said: string[] }).said)).toEqual([]);
});

test('on a page of another site it runs in the tier that its frame has', async ({ tab, site, kind }) => {
  const attributes = 'models="NB" data.n_samples="500" inference.n_samples="2000" sweep.batch_sizes="10 1000"';
  const host = await blog(
    `<script type="module" src="${site}breakeven-lab.js"></script><breakeven-lab ${attributes}></breakeven-lab>`,
  );
  hosts.push(host);
  await tab.goto(host.url);
  await expect.poll(() => text(tab, 'run')).not.toBe('');
  await run(tab);
  const report = await reportOf(tab);
  expect(report?.environment).toMatchObject({ tier: kind.embedded, in_frame: true });
  if (kind.embedded === 'workers') expect(report?.environment.tier_reason).toMatch(/\w{3,} .*\./);
  expectSense(report);
});

test('a link carries the results to the next reader', async ({ tab, site }) => {
  await ready(tab, `${site}#${TINY}&n_threads=1`);
  await run(tab);
  const mine = await reportOf(tab);
  await click(tab, 'share-link');
  const link = async () => (await part(tab, 'shared-link')).value;
  await expect.poll(link).toContain('&results=');
  const shared = await link();
  // Another hash alone would be the same page.
  await tab.goto('about:blank');
  await ready(tab, shared);
  await expect.poll(() => text(tab, 'verdict')).toContain('From this link');
  const shown = await tab.ask(() => document.querySelector('breakeven-lab')?.reference?.report ?? null);
  expect(shown?.training.map(({ test_acc }) => test_acc)).toEqual(mine?.training.map(({ test_acc }) => test_acc));
});

test('a report and a table of one’s own are opened from files; what is neither is refused in words', async ({
  tab,
  site,
}) => {
  await ready(tab, `${site}#${TINY}`);
  await run(tab);
  const report = await reportOf(tab);
  await tab.goto('about:blank');
  await ready(tab, `${site}#data.n_samples=600`);
  await click(tab, 'forget');
  const give = (id: string, name: string, content: string) =>
    tab.ask(
      ([id, name, content]) => {
        const { shadowRoot } = document.querySelector('breakeven-lab') ?? {};
        const input = shadowRoot?.querySelector<HTMLInputElement>(`[data-testid=${id}]`);
        const files = new DataTransfer();
        files.items.add(new File([content ?? ''], name ?? ''));
        if (input) input.files = files.files;
        input?.dispatchEvent(new Event('change', { bubbles: true }));
      },
      [id, name, content],
    );
  await give('report-file', 'report.json', JSON.stringify(report));
  await expect.poll(() => text(tab, 'share-status')).toBe('report.json is shown.');
  await expect.poll(() => text(tab, 'verdict')).toContain('From a file');
  await give('report-file', 'x.json', '{}');
  await expect.poll(() => text(tab, 'share-status')).toContain('no results of Breakeven');

  const rows = Array.from({ length: 60 }, (_, row) => `${row % 7},${(row * 3) % 11},${row % 2 ? 'yes' : 'no'}`);
  const csv = ['a,b,label', ...rows].join('\n');
  const taken = await tab.ask(async (csv) => {
    const lab = document.querySelector('breakeven-lab');
    if (!lab) return null;
    lab.experiment = {
      data: { csv },
      classifiers: { NB: { estimator: 'GaussianNB', param_grid: {} } },
      sweep: { batch_sizes: [10, 1000], budget_ms: 20 },
    } as unknown as typeof lab.experiment;
    await lab.run();
    return lab.report?.data ?? null;
  }, csv);
  expect(taken).toMatchObject({ n_rows: 60, n_features: 2, classes: [{ n_rows: 30 }, { n_rows: 30 }] });
});

test('a search is cancelled at once, and the next call is answered', async ({ tab, site }) => {
  await tab.goto(`${site}runner.html`);
  const found = await tab.ask(async () => {
    const { load } = (await import(
      new URL('breakeven.js', document.baseURI).href
    )) as typeof import('../../www/breakeven.js');
    const engine = await load({ n_threads: 2 });
    const { X, y } = await engine.makeClassification({ n_samples: 5000, n_features: 20, random_state: 3 });
    const abort = new AbortController();
    const spec = {
      estimator: 'RandomForestClassifier' as const,
      params: { n_estimators: 2000 },
      param_grid: { max_depth: [4, 8, 16] },
    };
    let told = 0;
    let cancelled = 0;
    const search = engine.gridSearchCV(spec, X, y, {
      signal: abort.signal,
      onProgress: () => {
        if (told++ > 0) return;
        cancelled = performance.now();
        abort.abort();
      },
    });
    const code = await search.then(
      () => 'done',
      ({ code }) => code,
    );
    const took = performance.now() - cancelled;
    const model = await engine.fit({ estimator: 'GaussianNB' }, X, y);
    const score = await model.score(X, y);
    await engine.dispose();
    return { code, took, score };
  });
  expect(found.code).toBe('aborted');
  expect(found.took).toBeLessThan(1000);
  expect(found.score).toBeGreaterThan(0.5);
});

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
for (const [what, file, content, code, words] of [
  [
    'wasm that is a page',
    '.wasm',
    '<!doctype html>',
    'worker_failed',
    /breakeven_bg\.wasm (is no WebAssembly|cannot be compiled)/,
  ],
  [
    'wasm that is cut short',
    '.wasm',
    '\0asm\x01\0\0\0\x01\x60',
    'worker_failed',
    /breakeven_bg\.wasm (is no WebAssembly|cannot be compiled)/,
  ],
] as const) {
  test(`a ${what} ends the start with a reason`, async ({ tab }) => {
    const host = await staticHost(DIST, '/', ISOLATED, (path) => (path.endsWith(file) ? content : null));
    hosts.push(host);
    await tab.goto(`${host.url}runner.html`);
    const error = await tab.ask(async () => {
      const { load } = (await import(
        new URL('breakeven.js', document.baseURI).href
      )) as typeof import('../../www/breakeven.js');
      return load({ n_threads: 2 }).then(
        ({ environment }) => ({ code: environment.tier, message: '' }),
        ({ code, message }) => ({ code, message }),
      );
    });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });
}
