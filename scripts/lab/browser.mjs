// A page of the built site in a headless Chromium, and what its processes cost.
import { readdirSync, readFileSync } from 'node:fs';
import { chromiumOptions } from '../chromium.mjs';
import { Fail } from '../run.mjs';
import { serve } from '../serve.mjs';

/** Ticks of /proc's clock in a second, on every Linux that Chromium runs on. */
const TICKS_PER_S = 100;

/** Runs `work` with a page of the site on which `window.api` is the library, and the process number of the browser. */
export async function withPage(work) {
  const { chromium } = await import('playwright-core');
  const server = await serve();
  const launched = await chromium.launchServer(await chromiumOptions());
  try {
    const browser = await chromium.connect(launched.wsEndpoint());
    const page = await browser.newPage();
    const crashed = new Promise((_, reject) => page.on('crash', () => reject(new Fail('The page crashed.'))));
    await page.goto(`${server.url}runner.html`);
    await page.evaluate(async () => {
      window.api = await import('/breakeven.js');
    });
    return await Promise.race([work(page, launched.process().pid), crashed]);
  } finally {
    await launched.close();
    await server.close();
  }
}

/** Whether the costs of processes can be read here. */
export const hasProc = process.platform === 'linux';

/** Seconds of CPU that a process and all below it have used so far. */
export function cpuSeconds(pid) {
  let ticks = 0;
  for (const fields of family(pid)) ticks += Number(fields[11]) + Number(fields[12]);
  return ticks / TICKS_PER_S;
}

/** The most memory that any process below `pid` has held at once, bytes. */
export function peakMemory(pid) {
  let peak = 0;
  for (const { pid: one } of family(pid)) {
    const status = read(`/proc/${one}/status`);
    peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }
  return peak;
}

/** What the renderers below `pid` hold now, bytes; files that they map, such as the browser itself, not counted. */
export function renderersMemory(pid) {
  let bytes = 0;
  for (const { pid: one } of family(pid)) {
    if (!read(`/proc/${one}/cmdline`).includes('--type=renderer')) continue;
    for (const [, kilobytes] of read(`/proc/${one}/status`).matchAll(/(?:RssAnon|RssShmem):\s+(\d+)/g))
      bytes += 1024 * Number(kilobytes);
  }
  return bytes;
}

/** The fields of /proc/N/stat after the name, of `root` and all below it. */
function family(root) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const stat = read(`/proc/${name}/stat`);
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Object.assign(fields, { pid: Number(name), parent: Number(fields[1]) });
    });
  const members = new Set([root]);
  for (let grew = true; grew; ) {
    const before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
    grew = members.size > before;
  }
  return all.filter(({ pid }) => members.has(pid));
}

/** Empty where the process has just ended. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
