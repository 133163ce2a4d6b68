// What Vite makes of www/ and pkg/: the site, and the files that the engine starts by their URL.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { build } from 'vite';
import { ROOT } from './run.mjs';
import { BUILDS } from './wasm-target.mjs';

const DIST = join(ROOT, 'dist');

/** As it is: a script of a page and a service worker in one, so no module. */
const SERVICE_WORKER = 'breakeven-sw.js';

/** Started as workers, by URL. */
const WORKERS = ['coordinator.worker', 'isolated.worker'];

/**
 * The glue's own URL of its wasm is never asked for: www/api/instance.ts fetches that. Vite would copy the wasm again
 * for its sake.
 */
const leaveWasmAlone = {
  name: 'leave-wasm-alone',
  enforce: 'pre',
  transform: (code) => code.replace(/new URL\((?='breakeven_bg\.wasm')/g, '$&/* @vite-ignore */ '),
};

/**
 * Vite's development server wraps an `import()` whose address it cannot read, by way of a module of its own; the glue
 * starts its threads from a blob: copy of itself, which finds no such module. An address in the form of a template
 * without a dot it takes for a module's and leaves alone.
 */
const leaveImportsAlone = {
  name: 'leave-imports-alone',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk')
        chunk.code = chunk.code.replace(/\bimport\((\w+)\)/g, (_, name) => `import(\`\${${name}}\`)`);
    }
  },
};

/** wasm-bindgen-rayon's helper, which starts the threads, and ours in its place. */
const ownThreads = {
  name: 'own-threads',
  enforce: 'pre',
  resolveId: (id) => (id.endsWith('/workerHelpers.no-bundler.js') ? join(ROOT, 'www/api/pool-threads.ts') : undefined),
};

/**
 * What the glue copies into wasm's memory it asks room for in a function that aborts where there is none, which is a trap
 * without a word. Here it has the words of every other want of memory (www/api/instance.ts).
 */
const tellingMalloc = {
  name: 'telling-malloc',
  enforce: 'pre',
  transform(code, id) {
    if (!/pkg.\w+.breakeven\.js$/.test(id)) return undefined;
    const telling = ['malloc', 'realloc'].map((name) => {
      const its = `wasm.__wbindgen_${name}`;
      if (!code.includes(its)) throw new Error(`The glue has no ${its} any more.`);
      code = code.replaceAll(its, `${name}OrTell`);
      return `function ${name}OrTell(...of) {
        try { return ${its}(...of); } catch { throw new Error('out of memory'); }
      }`;
    });
    return [code, ...telling].join('\n');
  },
};

/** smartcore's file, and where the site has it. */
const SMARTCORE = join(ROOT, 'pkg/smartcore/smartcore.wasm');
/** That of tables. */
const TABLE = join(ROOT, 'pkg/table/table.wasm');

const crc32Of = (file) => String(crc32(readFileSync(file)));

/** One module in one file, whose name and place may be changed: it imports nothing. */
function alone(input, folder, name, define = {}) {
  return build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    base: './',
    publicDir: false,
    define,
    plugins: [ownThreads, leaveWasmAlone, leaveImportsAlone, tellingMalloc],
    build: {
      target: 'es2022',
      modulePreload: false,
      emptyOutDir: false,
      outDir: join(DIST, folder),
      rolldownOptions: {
        input: { [name]: join(ROOT, input) },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', codeSplitting: false },
      },
    },
  });
}

export async function bundle() {
  await build({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn' });
  cpSync(join(ROOT, 'www/host', SERVICE_WORKER), join(DIST, SERVICE_WORKER));
  cpSync(join(ROOT, 'www/page/data'), join(DIST, 'data'), { recursive: true });
  cpSync(join(ROOT, 'src/data/builtin'), join(DIST, 'data'), {
    recursive: true,
    filter: (path) => !path.endsWith('.py'),
  });
  // Whoever starts a file knows which goes with it: www/api/table/instance.ts.
  const known = { TABLE_CRC32: crc32Of(TABLE) };
  for (const name of WORKERS) await alone(`www/api/${name}.ts`, '.', name, known);
  cpSync(TABLE, join(DIST, 'wasm/table.wasm'));
  // The glue knows which file goes with it: www/api/smartcore-instance.ts.
  const define = { SMARTCORE_CRC32: crc32Of(SMARTCORE) };
  cpSync(SMARTCORE, join(DIST, 'wasm/smartcore.wasm'));
  for (const { name } of BUILDS) {
    await alone(`pkg/${name}/breakeven.js`, `wasm/${name}`, 'breakeven', define);
    cpSync(join(ROOT, 'pkg', name, 'breakeven_bg.wasm'), join(DIST, 'wasm', name, 'breakeven_bg.wasm'));
  }
}
