// Chromium and its driver: where they are, how they are installed, with which flags they run.
import { existsSync } from 'node:fs';
import { capture, Fail, isExecutable, isRoot, log, run, step, which } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Quiet, without services that call home; the sandbox refuses to run as root. */
export const CHROMIUM_FLAGS = [
  ...(isRoot() ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser's file: CHROME_PATH where it is set, else the first that is installed; null if there is none. */
export function findChromium() {
  const chosen = process.env.CHROME_PATH;
  if (chosen && !isExecutable(chosen)) throw new Fail(`CHROME_PATH names ${chosen}, which is not a program.`);
  return chosen ?? NAMES.map((name) => which(name)).find(Boolean) ?? ELSEWHERE.find((file) => existsSync(file)) ?? null;
}

function findDriver() {
  return process.env.CHROMEDRIVER ?? which('chromedriver');
}

/** As Playwright and Puppeteer take them. */
export async function chromiumOptions() {
  return { executablePath: (await ensureChromium()).chromium, args: CHROMIUM_FLAGS };
}

/** A headless one, by Playwright, which ends it itself when this process is interrupted. */
export async function launchChromium() {
  const { chromium } = await import('playwright-core');
  return chromium.launch(await chromiumOptions());
}

/** The browser, and with `driver` its WebDriver too: installs Debian's as root, else says what to type. */
export async function ensureChromium({ driver = false } = {}) {
  const there = () => findChromium() && (!driver || findDriver());
  const missing = ['chromium', ...(driver ? ['chromium-driver'] : [])];
  if (!there()) {
    const sentence = `Chromium${driver ? ' or its driver' : ''} is missing: type \`sudo apt-get install ${missing.join(' ')}\`.`;
    if (!isRoot() || !which('apt-get')) throw new Fail(sentence);
    await step(`Installing ${missing.join(' and ')}`, async () => {
      const install = () =>
        capture('apt-get', ['install', '-y', '--no-install-recommends', ...missing], {
          env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        });
      if ((await install()).code === 0) return;
      log('! Not with the package lists as they are; refreshing them');
      await run('apt-get', ['update']);
      const { code, output } = await install();
      if (code !== 0) throw new Fail(`${output.trimEnd()}\n\n${sentence}`);
    });
    if (!there()) throw new Fail(sentence);
  }
  return { chromium: findChromium(), driver: findDriver() };
}
