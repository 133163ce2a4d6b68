// WebKitGTK: where its MiniBrowser is, how it is installed, and a page of it, driven by WebDriver.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { capture, Fail, isExecutable, isRoot, run, step, which } from './run.mjs';

const PACKAGES = ['webkit2gtk-driver', 'xvfb'];
/** Below these lie the folders of each version, and of each processor. */
const PLACES = ['/usr/lib', '/usr/libexec'];

function browserFile() {
  const inside = (folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  };
  const versions = (folder) => inside(folder).filter((path) => /\/webkit(2gtk|gtk)-[\d.]+$/.test(path));
  const folders = PLACES.flatMap((place) => [place, ...inside(place).filter((path) => path.endsWith('-linux-gnu'))]);
  return (
    folders
      .flatMap(versions)
      .map((folder) => join(folder, 'MiniBrowser'))
      .filter(isExecutable)
      .at(-1) ?? null
  );
}

function findWebKit() {
  const [driver, screen, browser] = [which('WebKitWebDriver'), which('Xvfb'), browserFile()];
  return driver && screen && browser ? { driver, screen, browser } : null;
}

/** Installs Debian's as root, else says what to type. */
export async function ensureWebKit() {
  const sentence = `WebKitGTK's driver is missing: type \`sudo apt-get install ${PACKAGES.join(' ')}\`.`;
  if (!findWebKit()) {
    if (!isRoot() || !which('apt-get')) throw new Fail(sentence);
    await step(`Installing ${PACKAGES.join(' and ')}`, async () => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const install = () => capture('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], { env });
      if ((await install()).code === 0) return;
      await run('apt-get', ['update']);
      const { code, output } = await install();
      if (code !== 0) throw new Fail(`${output.trimEnd()}\n\n${sentence}`);
    });
    if (!findWebKit()) throw new Fail(sentence);
  }
  return findWebKit();
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A screen that nobody sees; answers its name. */
function startScreen(file) {
  const screen = spawn(file, ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const name = new Promise((resolve, reject) => {
    screen.stdio[3].once('data', (number) => resolve(`:${String(number).trim()}`));
    screen.once('exit', () => reject(new Fail('Xvfb ended before it had a screen.')));
  });
  return { screen, name };
}

/** The driver takes a moment before it answers. */
async function isListening(port) {
  const status = () => fetch(`http://127.0.0.1:${port}/status`).catch(() => null);
  for (let tries = 0; tries < 100; tries++) {
    if (await status()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Fail('WebKitWebDriver did not answer within 10 s.');
}

/**
 * A WebKitGTK, as a WebDriver of selenium's. `shared`: with SharedArrayBuffer, which this port holds back unless its
 * environment asks for it, whatever `crossOriginIsolated` says.
 */
export async function launchWebKit({ shared = false } = {}) {
  const { driver: file, screen: screenFile, browser: binary } = await ensureWebKit();
  const { Builder, Capabilities } = await import('selenium-webdriver');
  const { screen, name } = startScreen(screenFile);
  const port = await freePort();
  const env = {
    ...process.env,
    DISPLAY: await name,
    ...(shared && { JSC_useSharedArrayBuffer: '1' }),
    // Its sandbox refuses to run as root.
    ...(isRoot() && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
  };
  const served = spawn(file, [`--port=${port}`], { stdio: 'ignore', env });
  const close = () => {
    served.kill();
    screen.kill();
  };
  try {
    await isListening(port);
    const capabilities = new Capabilities({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary, args: ['--automation'] },
    });
    const driver = await new Builder()
      .usingServer(`http://127.0.0.1:${port}`)
      .disableEnvironmentOverrides()
      .withCapabilities(capabilities)
      .build();
    return {
      driver,
      close: async () => {
        await driver.quit().catch(() => {});
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
