/** Another browser than this one, for a page and for every worker of its engine. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Page } from '@playwright/test';
import { type Altered, DIST, type Host, staticHost } from './hosts.js';

/** What the engine starts as workers; the glue is both the coordinator's module and its threads' script. */
const WORKERS = [
  'coordinator.worker.js',
  'isolated.worker.js',
  'wasm/threads/breakeven.js',
  'wasm/single/breakeven.js',
];

/** As on the page's own host. */
export const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

export interface OtherBrowser extends Host {
  /** How often each of the workers' files was asked for. */
  asked: ReadonlyMap<string, number>;
}

/**
 * A host of the site where `script` runs first in each worker, once, whatever is loaded there later; and first in the
 * page. Playwright's own routes do not reach the scripts of workers that workers start.
 */
export async function everywhere(page: Page, script: string): Promise<OtherBrowser> {
  await page.addInitScript(once(script));
  return inWorkers(script);
}

/** The same, in the workers alone. `altered` may answer another content of a file. */
export async function inWorkers(script: string, altered: Altered = () => null): Promise<OtherBrowser> {
  const asked = new Map<string, number>();
  const host = await staticHost(DIST, '/', ISOLATED, (file) => {
    const name = relative(DIST, file);
    if (!WORKERS.includes(name)) return altered(file);
    asked.set(name, (asked.get(name) ?? 0) + 1);
    return once(script) + readFileSync(file, 'utf8');
  });
  return { ...host, asked };
}

const once = (script: string) => `if (!globalThis.isOtherBrowser) { globalThis.isOtherBrowser = true; ${script} };\n`;

/** A machine that tells of this many cores, or of none. */
export const cores = (n: number | undefined): string =>
  `Object.defineProperty(Object.getPrototypeOf(navigator), 'hardwareConcurrency', { get: () => ${n} });`;

/** A clock that goes in steps of so many milliseconds. */
export const clock = (step_ms: number): string =>
  `const exactly = performance.now.bind(performance);
   performance.now = () => Math.floor(exactly() / ${step_ms}) * ${step_ms};`;
