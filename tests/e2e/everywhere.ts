/** Another browser than this one, for a page and for every worker of its engine. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
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

/** A module that brings its own memory, of so many pages of 64 KiB at most: the number in its memory section. */
export function withMaximum(file: string, pages: number): Uint8Array {
  const wasm = readFileSync(file);
  const number = (at: number): [value: number, next: number] => {
    let [value, shift, next] = [0, 0, at];
    for (;;) {
      const byte = wasm[next++] as number;
      value |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) return [value, next];
    }
  };
  const bytes = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...bytes(value >>> 7)]);
  for (let at = 8; at < wasm.length; ) {
    const [length, body] = number(at + 1);
    if (wasm[at] === 5) {
      const [initial] = number(body + 2);
      const limits = [1, 1, ...bytes(initial), ...bytes(pages)];
      return Buffer.concat([
        wasm.subarray(0, at),
        Buffer.from([5, ...bytes(limits.length), ...limits]),
        wasm.subarray(body + length),
      ]);
    }
    at = body + length;
  }
  throw new Error(`${file} has no memory of its own`);
}

const SMARTCORE = join(DIST, 'wasm/smartcore.wasm');

/** What a host answers that has another file of smartcore's, and the glue that goes with it. */
export function smartcoreIs(wasm: Uint8Array): Altered {
  const [own, other] = [readFileSync(SMARTCORE), wasm].map((file) => String(crc32(file))) as [string, string];
  return (file) => {
    if (file === SMARTCORE) return wasm;
    if (!file.endsWith('/breakeven.js') || !file.includes('/wasm/')) return null;
    const glue = readFileSync(file, 'utf8');
    if (!glue.includes(own)) throw new Error(`${file} knows no ${own}`);
    return glue.replaceAll(own, other);
  };
}

/** smartcore with so little memory. */
export const smartcoreWithin = (pages: number): Altered => smartcoreIs(withMaximum(SMARTCORE, pages));
