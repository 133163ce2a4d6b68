import { defineConfig } from '@playwright/test';
import type { Kind } from './tests/engines/tabs.js';

/** Firefox and WebKit isolate no frame of another site's page, so what is embedded there has the workers tier. */
const KINDS: Kind[] = [
  { name: 'chromium', tier: 'threads', embedded: 'threads' },
  { name: 'firefox', tier: 'threads', embedded: 'workers' },
  { name: 'webkit', tier: 'workers', embedded: 'workers' },
  { name: 'webkit with shared memory', tier: 'threads', embedded: 'workers' },
];

export default defineConfig<object, { kind: Kind }>({
  testDir: 'tests/engines',
  outputDir: 'test-results/engines',
  forbidOnly: Boolean(process.env.CI),
  // What they ask holds for any machine's pace.
  workers: 2,
  timeout: 90_000,
  retries: process.env.CI ? 1 : 0,
  reporter: 'list',
  // Chromium does all the rest in tests/e2e.
  projects: KINDS.map((kind) => ({
    name: kind.name,
    use: { kind },
    ...(kind.name === 'chromium' && { testMatch: 'same.spec.ts' }),
  })),
});
