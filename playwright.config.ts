import { createServer } from 'node:net';
import { defineConfig } from '@playwright/test';
import { CHROMIUM_FLAGS, findChromium } from './scripts/chromium.mjs';

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

// Every worker process reads this file again: the first one's choice holds for all.
process.env.BREAKEVEN_E2E_PORT ??= String(await freePort());
const url = `http://127.0.0.1:${process.env.BREAKEVEN_E2E_PORT}/`;
const executablePath = findChromium() ?? undefined;

const ALONE = /@alone\b/;

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  forbidOnly: Boolean(process.env.CI),
  // The site measures time with all cores: one test at once, unless it is asked for more (scripts/suites.mjs).
  workers: 1,
  fullyParallel: true,
  timeout: 60_000,
  // Tests of real measurements on a machine that others use: what passes only when tried again is named in the end.
  retries: process.env.CI ? 1 : 0,
  reporter: 'list',
  // Those that leave a machine's pace room, and those tagged since they say how long something may take, closely, or
  // what a measurement finds: no other test beside them.
  projects: [
    { name: 'together', grepInvert: ALONE },
    { name: 'alone', grep: ALONE },
  ],
  use: {
    baseURL: url,
    headless: true,
    launchOptions: { args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) },
  },
  webServer: {
    command: `node scripts/serve.mjs --port ${process.env.BREAKEVEN_E2E_PORT}`,
    url,
    reuseExistingServer: false,
  },
});
