/**
 * A hostile page that frames the engine: it can call what the table of methods holds, and nothing else. The attack is a
 * script of that page: what a debugger evaluates is not bound by any policy.
 */
import { expect, test } from '@playwright/test';
import { blog, DIST, SITE, staticHost } from './hosts.js';

/** Enough for a frame to be isolated and for its files to be read from elsewhere, and no policy on what may run. */
const NO_POLICY = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Document-Isolation-Policy': 'isolate-and-credentialless',
};

/** In a page of its own: sends each message and waits a second for the answer. */
async function attack(engine: string): Promise<void> {
  const RUN_TEXT = 'postMessage("EVIL " + location.href)';
  const raw = (value: unknown) => ({ type: 'RAW', value });
  const evilModule = `data:text/javascript,export default () => {}; export const version = () => "EVIL";`;
  const evilFiles = { threads: { glue: evilModule, wasm: engine, shared: true }, coordinator: evilModule };
  const hello = new Promise<void>((resolve) => {
    addEventListener('message', ({ data }) => data?.breakeven === 'hello' && resolve());
  });
  const frame = document.createElement('iframe');
  frame.src = `${engine}engine.html`;
  document.body.append(frame);
  await hello;
  const [calls, control] = [new MessageChannel(), new MessageChannel()];
  frame.contentWindow?.postMessage({ breakeven: 'start', files: evilFiles }, '*', [calls.port2, control.port2]);
  const heard: { id?: unknown; ok?: boolean; code?: string; value?: unknown }[] = [];
  let next: (() => void) | undefined;
  calls.port1.onmessage = ({ data }) => {
    heard.push(data);
    next?.();
  };
  const ask = async (message: unknown) => {
    const before = heard.length;
    const answered = new Promise<void>((resolve) => {
      next = resolve;
    });
    const begun = performance.now();
    calls.port1.postMessage(message);
    await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 5000))]);
    return { answer: heard[before] ?? null, ms: performance.now() - begun };
  };
  // The worker's script has been loaded once it answers.
  await ask({ id: 1, call: 'nothing', args: [] });
  const answers = [];
  for (const message of [
    { id: 2, type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [raw(RUN_TEXT)] },
    { id: 3, type: 'APPLY', path: ['constructor', 'constructor'], argumentList: [raw(RUN_TEXT)] },
    { id: 4, type: 'SET', path: ['__proto__', '__proto__', 'polluted'], value: raw('EVIL') },
    { id: 5, type: 'GET', path: ['#files'] },
    { id: 6, call: 'constructor', args: [evilFiles] },
    { id: 7, call: 'constructor.constructor', args: [RUN_TEXT] },
    { id: 8, call: '__proto__', args: [] },
    { id: 9, call: 'toString', args: [] },
    { id: 10, call: 'start', args: [{ tier: 'threads', n_threads: 2, spin_us: 1, timeout_ms: 9e3, ...evilFiles }] },
    { id: 11, call: 'start', args: [] },
    { id: 12, call: 'fit', args: [JSON.parse('{"__proto__": {"estimator": "GaussianNB"}}'), 1, new Int32Array(1)] },
    { id: 13, call: 'matrix', args: [new Float64Array(1), 1e300, 1] },
    { id: 14, call: 'matrix', args: { length: 3 } },
  ]) {
    answers.push({ id: message.id, ...(await ask(message)) });
  }
  // After all that it is whole.
  const started = await ask({
    id: 20,
    call: 'start',
    args: [{ tier: 'workers', n_threads: 2, spin_us: 100, timeout_ms: 10_000 }],
  });
  const data = await ask({ id: 21, call: 'loadDataset', args: ['iris', false] });
  // A grid that is larger than a page could ask for by the library, as a list and as what only looks like none.
  const values = Array.from({ length: 501 }, (_, i) => i + 1);
  const searches = [];
  for (const [i, C] of [values, Float64Array.from(values), new Set(values)].entries()) {
    const search = [{ estimator: 'LinearSVC', param_grid: { C } }, 1, new Int32Array(150)];
    searches.push((await ask({ id: 22 + i, call: 'gridSearchCV', args: search })).answer);
  }
  const result = { answers, started: started.answer, data: data.answer, searches };
  Object.assign(window, { result });
}

interface Found {
  answers: { id: number; answer: { id: number | null; ok: boolean; code: string } | null; ms: number }[];
  started: { ok: boolean; value: { version: string } };
  data: { ok: boolean; value: { X: { schema: { class_names: string[] } } } };
  searches: { ok: boolean; code: string; setting: string }[];
}

for (const name of ['localhost', '127.0.0.1']) {
  for (const policy of [true, false]) {
    test(`a page of ${name} gets no code into the engine's origin, ${policy ? 'with' : 'without'} a policy there`, async ({
      page,
    }) => {
      const host = policy ? null : await staticHost(DIST, '/', NO_POLICY);
      const engine = host?.url ?? SITE;
      const page_html = `<body><script type="module">(${attack})(${JSON.stringify(engine)})</script></body>`;
      const attacker = await blog(page_html, {}, name);
      const evil: string[] = [];
      page.on('console', (message) => message.text().includes('EVIL') && evil.push(message.text()));
      try {
        await page.goto(attacker.url);
        await page.waitForFunction(() => 'result' in window, undefined, { timeout: 60_000 });
        const { answers, started, data, searches } = await page.evaluate(
          () => (window as unknown as { result: Found }).result,
        );
        for (const { id, answer, ms } of answers) {
          expect(answer, `message ${id}`).toMatchObject({ id, ok: false, code: 'invalid_param' });
          expect(ms, `message ${id}`).toBeLessThan(1000);
        }
        expect(started).toMatchObject({ ok: true, value: { version: '0.1.0' } });
        expect(data).toMatchObject({
          ok: true,
          value: { X: { schema: { class_names: ['setosa', 'versicolor', 'virginica'] } } },
        });
        expect(searches.map(({ ok, code, setting }) => [ok, code, setting])).toEqual([
          [false, 'invalid_param', 'spec.param_grid'],
          [false, 'invalid_param', 'spec.param_grid.C'],
          [false, 'invalid_param', 'spec.param_grid.C'],
        ]);
        expect(evil).toEqual([]);
      } finally {
        attacker.close();
        host?.close();
      }
    });
  }
}
