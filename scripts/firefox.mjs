// Firefox: where it is, how it is installed, and a page of it, driven by WebDriver BiDi.
import { capture, Fail, isRoot, run, step, which } from './run.mjs';

const NAMES = ['firefox-esr', 'firefox'];

export function findFirefox() {
  return process.env.FIREFOX_PATH ?? NAMES.map((name) => which(name)).find(Boolean) ?? null;
}

/** Installs Debian's as root, else says what to type. */
export async function ensureFirefox() {
  const sentence = 'Firefox is missing: type `sudo apt-get install firefox-esr`.';
  if (!findFirefox()) {
    if (!isRoot() || !which('apt-get')) throw new Fail(sentence);
    await step('Installing firefox-esr', async () => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const install = () => capture('apt-get', ['install', '-y', '--no-install-recommends', 'firefox-esr'], { env });
      if ((await install()).code === 0) return;
      await run('apt-get', ['update']);
      const { code, output } = await install();
      if (code !== 0) throw new Fail(`${output.trimEnd()}\n\n${sentence}`);
    });
    if (!findFirefox()) throw new Fail(sentence);
  }
  return findFirefox();
}

/** A headless Firefox. */
export async function launchFirefox() {
  const executablePath = await ensureFirefox();
  const { launch } = await import('puppeteer-core');
  // What a page asks of it may take minutes.
  return launch({ browser: 'firefox', executablePath, headless: true, protocolTimeout: 30 * 60_000 });
}
