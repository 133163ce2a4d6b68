import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { CSP } from './scripts/headers.mjs';

/** Pages and modules of the site. Workers and the wasm's glue stand alone: scripts/bundle.mjs makes those. */
const ENTRIES = {
  index: 'index.html',
  embed: 'embed.html',
  'embed-guide': 'embed-guide.html',
  engine: 'engine.html',
  runner: 'runner.html',
  breakeven: 'www/breakeven.ts',
  'breakeven-lab': 'www/widget/element/breakeven-lab.ts',
  'breakeven-embed': 'www/page/breakeven-embed.ts',
};

const recordedFile = (name: string) => readFileSync(join(import.meta.dirname, 'www/page', name), 'utf8');

/**
 * Puts the recorded results (scripts/record.mjs) where a page has a place for them: as a picture with a table, and as
 * the report that the page's own charts are drawn from. As data in the page, it is neither run nor fetched.
 */
const recorded: Plugin = {
  name: 'recorded',
  transformIndexHtml: (html) =>
    html
      .replaceAll('<!-- recorded -->', () => recordedFile('recorded.html'))
      .replaceAll('<!-- recorded report -->', () => {
        const json = recordedFile('recorded.json').trim().replaceAll('<', '\\u003c');
        return `<script type="application/json" id="recorded">${json}</script>`;
      }),
};

/** In the documents, too: many hosts send no headers of ours. */
const policy: Plugin = {
  name: 'policy',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: CSP }, injectTo: 'head-prepend' },
  ],
};

export default defineConfig({
  plugins: [recorded, policy],
  // Relative, so that dist/ works below any path.
  base: './',
  publicDir: false,
  build: {
    target: 'es2022',
    // The polyfill and its preloads are of no use where the modules lie beside each other.
    modulePreload: false,
    // A strict CSP has no data: but for images.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ENTRIES,
      // breakeven.js is a library: its exports are its contract.
      preserveEntrySignatures: 'strict',
      output: {
        // Modules find the workers and the wasm beside themselves (import.meta.url), so shared chunks lie there too.
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        assetFileNames: '[name]-[hash][extname]',
      },
    },
  },
});
