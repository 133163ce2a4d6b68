// npm run build: both wasm builds, smartcore's file and the bundled site, in dist/. Leaves out what has not changed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkBudgets } from './budgets.mjs';
import { declarations } from './declarations.mjs';
import { headersFile } from './headers.mjs';
import { capture, Fail, main, ROOT, run, step } from './run.mjs';
import { unlessUnchanged } from './stamp.mjs';
import { checkNode } from './toolchain/host.mjs';
import { wasmToolchain } from './toolchain/index.mjs';
import { wasmBindgen } from './toolchain/tools.mjs';
import { BUILDS, LEAN, SMARTCORE, shipped, TABLE, TARGET, wasmEnvironment } from './wasm-target.mjs';

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

const RUST = [
  'Cargo.toml',
  'Cargo.lock',
  '.cargo/config.toml',
  'src',
  'engines',
  'scripts/wasm-target.mjs',
  'scripts/build.mjs',
];
const SITE = [
  'index.html',
  'embed.html',
  'engine.html',
  'embed-guide.html',
  'runner.html',
  'www',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
  'scripts/headers.mjs',
  'scripts/bundle.mjs',
  'scripts/budgets.mjs',
  'scripts/declarations.mjs',
  'tsconfig.json',
  'tsconfig.base.json',
  'pkg',
];

// What rustc turns on for wasm32, and ours; wasm-opt refuses a module that uses more than it is told.
const WASM_OPT = [
  '-O3',
  '--enable-simd',
  '--enable-bulk-memory',
  '--enable-bulk-memory-opt',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
  '--enable-mutable-globals',
  '--enable-reference-types',
  '--enable-multivalue',
  '--enable-call-indirect-overlong',
];

export async function packages() {
  await unlessUnchanged('npm', { inputs: ['package-lock.json'], outputs: ['node_modules/.bin/vite'] }, () =>
    step('Installing npm packages', async () => {
      const { code, output } = await capture('npm', ['ci', '--no-audit', '--no-fund']);
      if (code !== 0)
        throw new Fail(`${output.trimEnd()}\n\nThe npm packages could not be installed: type \`npm ci\` to try again.`);
    }),
  );
}

const COMPILED = ['--release', '--locked', '--target', TARGET];

async function wasm(build) {
  const out = `pkg/${build.name}`;
  const module = join(ROOT, out, 'breakeven_bg.wasm');
  await unlessUnchanged(
    `wasm-${build.name}`,
    { inputs: RUST, outputs: [`${out}/breakeven.js`, `${out}/breakeven_bg.wasm`] },
    async () => {
      const toolchain = await wasmToolchain();
      const bindgen = await wasmBindgen();
      const env = wasmEnvironment(toolchain, { ...build, flags: [...build.flags, LEAN] });
      await step(`Compiling the ${build.name} build`, () =>
        run('cargo', ['rustc', ...COMPILED, '--lib', '--crate-type', 'cdylib', ...shipped(build)], { env }),
      );
      await step(`Optimising the ${build.name} build`, async () => {
        rmSync(join(ROOT, out), { recursive: true, force: true });
        const compiled = join(env.CARGO_TARGET_DIR, TARGET, 'release', 'breakeven.wasm');
        await run(bindgen, ['--target', 'web', '--out-dir', join(ROOT, out), compiled]);
        const threads = build.name === 'threads' ? ['--enable-threads'] : [];
        await run(bin('wasm-opt'), [module, '-o', module, ...WASM_OPT, ...threads]);
      });
    },
  );
}

/** A wasm beside the others, fetched when it is needed. */
async function beside(name, target, whose) {
  const out = `pkg/${name}/${name}.wasm`;
  await unlessUnchanged(`wasm-${name}`, { inputs: RUST, outputs: [out] }, async () => {
    const env = wasmEnvironment(await wasmToolchain(), { ...target, flags: [LEAN] });
    await step(`Compiling ${whose} file`, async () => {
      await run('cargo', ['build', ...COMPILED, '--package', target.package], { env });
      const compiled = join(env.CARGO_TARGET_DIR, TARGET, 'release', `breakeven_${name}.wasm`);
      mkdirSync(join(ROOT, 'pkg', name), { recursive: true });
      await run(bin('wasm-opt'), [compiled, '-o', join(ROOT, out), ...WASM_OPT]);
    });
    // It is instantiated with nothing else (www/api/smartcore-instance.ts, www/api/table/instance.ts).
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(join(ROOT, out))));
    const names = imports.map(({ module, name }) => `${module}.${name}`);
    if (names.join() !== 'breakeven.tell') throw new Fail(`${whose} file imports ${names.join(', ')}.`);
  });
}

async function site() {
  await unlessUnchanged(
    'site',
    { inputs: SITE, outputs: ['dist/index.html', 'dist/breakeven.js', 'dist/types/breakeven.d.ts', 'dist/_headers'] },
    () =>
      step('Bundling the site', async () => {
        // Vite comes with the packages: not before they are there.
        const { bundle } = await import('./bundle.mjs');
        await bundle();
        await declarations();
        writeFileSync(join(ROOT, 'dist/_headers'), headersFile());
        checkBudgets();
      }),
  );
}

export async function build() {
  checkNode();
  await packages();
  for (const target of BUILDS) await wasm(target);
  await beside('smartcore', SMARTCORE, "smartcore's");
  await beside('table', TABLE, "tables'");
  await site();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(build);
