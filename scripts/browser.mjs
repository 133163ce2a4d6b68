// The built site in a headless Chromium, for the commands that measure or compare.
import { launchChromium } from './chromium.mjs';
import { Fail, log } from './run.mjs';
import { serve } from './serve.mjs';

/**
 * Serves dist/, opens runner.html and gives `work` a page whose `ask(inPage, argument)` runs a function there and
 * answers its value. Of what is thrown there only the text comes back. `open()` gives another such page; `beside` are other
 * folders to serve, by the start of their paths.
 */
export async function inBrowser(work, beside = {}) {
  const server = await serve(0, beside);
  const browser = await launchChromium();
  try {
    const open = async () => {
      const page = await browser.newPage();
      const crashed = new Promise((_, reject) =>
        page.on('crash', () => reject(new Fail('The page crashed, probably out of memory.'))),
      );
      // Only a race looks at it, and there may be none when it crashes.
      crashed.catch(() => {});
      page.on('console', (message) => message.type() === 'error' && log(`  ${message.text()}`));
      await page.goto(`${server.url}runner.html`);
      const ask = (inPage, argument) => Promise.race([page.evaluate(inPage, argument), crashed]);
      return { page, ask };
    };
    return await work({ ...(await open()), open, version: browser.version() });
  } finally {
    await browser.close();
    await server.close();
  }
}
