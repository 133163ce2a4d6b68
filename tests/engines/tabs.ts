/** A tab of each browser engine, driven alike. */
import { expect as base, test as plain } from '@playwright/test';
import { launchChromium } from '../../scripts/chromium.mjs';
import { launchFirefox } from '../../scripts/firefox.mjs';
import { serve } from '../../scripts/serve.mjs';
import { launchWebKit } from '../../scripts/webkit.mjs';

export interface Tab {
  goto(url: string): Promise<void>;
  /** Runs a function in the page, which may use its argument and the page's own names only; answers its value. */
  ask<Value, Argument = undefined>(
    inPage: (argument: Argument) => Value | Promise<Value>,
    argument?: Argument,
  ): Promise<Value>;
  close(): Promise<void>;
}

interface Engine {
  open(): Promise<Tab>;
  close(): Promise<void>;
}

/** What the tests know of an engine: which tiers it has, on a page of one's own and framed by another site's. */
export interface Kind {
  name: 'chromium' | 'firefox' | 'webkit' | 'webkit with shared memory';
  tier: 'threads' | 'workers';
  embedded: 'threads' | 'workers';
}

/** A function of the page takes a minute at most. */
const LONGEST_MS = 60_000;

const LAUNCH: Record<Kind['name'], () => Promise<Engine>> = {
  async chromium() {
    const browser = await launchChromium();
    return { open: async () => evaluating(await browser.newPage()), close: () => browser.close() };
  },
  async firefox() {
    const browser = await launchFirefox();
    return { open: async () => evaluating(await browser.newPage()), close: () => browser.close() };
  },
  webkit: () => webkit(false),
  'webkit with shared memory': () => webkit(true),
};

interface Evaluating {
  goto(url: string): Promise<unknown>;
  evaluate(inPage: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The text of a call in the page; its value comes as JSON, as WebDriver would have it. */
const call = (inPage: unknown, argument: unknown) =>
  `(async () => JSON.stringify((await (${inPage})(${JSON.stringify(argument) ?? ''})) ?? null))()`;

function evaluating(page: Evaluating): Tab {
  return {
    goto: async (url) => void (await page.goto(url)),
    ask: async (inPage, argument) => JSON.parse(String(await page.evaluate(call(inPage, argument)))),
    close: () => page.close(),
  };
}

interface Answer {
  value: string;
  error?: string;
}

/** One window: another could not be told from it. */
async function webkit(shared: boolean): Promise<Engine> {
  const { driver, close } = await launchWebKit({ shared });
  await driver.manage().setTimeouts({ script: LONGEST_MS });
  const script = (inPage: unknown, argument: unknown) => `
    const done = arguments[0];
    ${call(inPage, argument)}.then((value) => done({ value }), (error) => done({ error: [error, error?.stack].join(' ') }))`;
  const tab: Tab = {
    goto: (url) => driver.get(url),
    ask: async (inPage, argument) => {
      const { value, error } = (await driver.executeAsyncScript(script(inPage, argument))) as Answer;
      if (error !== undefined) throw new Error(error);
      return JSON.parse(value);
    },
    close: () => driver.get('about:blank'),
  };
  return { open: async () => tab, close };
}

export const test = plain.extend<{ tab: Tab }, { kind: Kind; engine: Engine; site: string }>({
  kind: [
    { name: 'chromium', tier: 'threads', embedded: 'threads' },
    { option: true, scope: 'worker' },
  ],
  engine: [
    async ({ kind }, use) => {
      const engine = await LAUNCH[kind.name]();
      await use(engine);
      await engine.close();
    },
    { scope: 'worker', timeout: LONGEST_MS },
  ],
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its first argument.
    async ({}, use) => {
      const server = await serve();
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],
  tab: async ({ engine }, use) => {
    const tab = await engine.open();
    await use(tab);
    await tab.close();
  },
});

export const expect = base;
