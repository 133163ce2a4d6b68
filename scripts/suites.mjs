// Every test suite of the project, in the order of its row: which that is, by what name it is called, what is printed of
// it, and a function that answers { passed, failed }.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { writeSnippets } from '../tests/python/snippets.mjs';
import { playwrightCounts, readReport, rustCounts, unittestCounts, verdict, vitestCounts } from './counts.mjs';
import { capture, Fail, log, ROOT } from './run.mjs';
import { wasmToolchain } from './toolchain/index.mjs';
import { python, pythonEnvironment } from './toolchain/python.mjs';
import { BUILDS, shipped, TARGET, tested, wasmEnvironment } from './wasm-target.mjs';

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);
const DENY = ['--', '-D', 'warnings'];

/** A tool that says nothing but good or bad is one test. */
async function check(command, args, options) {
  const { code, output } = await capture(command, args, options);
  return { ...verdict(code, { passed: code === 0 ? 1 : 0, failed: 0 }), output };
}

async function rustTests(args, options) {
  const { code, output } = await capture('cargo', ['test', '--locked', '--no-fail-fast', ...args], options);
  return { ...verdict(code, rustCounts(output)), output };
}

/** Runs a JavaScript runner that writes a JSON report. */
async function reported(command, args, file, counts, env = {}) {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(file, { force: true });
  const { code, output } = await capture(command, args, { env: { ...process.env, ...env } });
  const report = readReport(file);
  return { ...verdict(code, report ? counts(report) : { passed: 0, failed: 0 }), output };
}

/** clippy or rustfmt of the machine's Rust, else of the wasm toolchain. */
async function rustComponent(name, args) {
  if ((await capture('cargo', [name, '--version'])).code === 0) return check('cargo', [name, ...args]);
  const { bin: folder, env } = await wasmToolchain();
  const path = [folder, process.env.PATH].join(delimiter);
  if (!existsSync(join(folder, `cargo-${name}`))) {
    throw new Fail(`cargo ${name} is missing: type \`rustup component add ${name === 'fmt' ? 'rustfmt' : name}\`.`);
  }
  // Not among the machine's own artifacts: another compiler would rebuild them in turn.
  const extra = { ...env, PATH: path, CARGO_TARGET_DIR: join(ROOT, 'target', 'other-toolchain') };
  return check(join(folder, 'cargo'), [name, ...args], { env: { ...process.env, ...extra } });
}

const webTests = () =>
  readdirSync(join(ROOT, 'tests'))
    .filter((name) => /^web_.*\.rs$/.test(name))
    .map((name) => name.slice(0, -3));

async function wasmClippy(build) {
  const toolchain = await wasmToolchain();
  const command = toolchain.hasClippy ? 'clippy' : 'check';
  if (command === 'check') log(`! ${toolchain.name} has no clippy: the ${build.name} build is only compiled`);
  const tests = webTests().flatMap((name) => ['--test', name]);
  const args = [command, '--locked', '--target', TARGET, '--lib', ...tests, ...shipped(build)];
  return check('cargo', [...args, ...(command === 'clippy' ? DENY : [])], { env: wasmEnvironment(toolchain, build) });
}

/**
 * As a person types it: one call for all files, in a worker of a headless Chromium. After a file that fails cargo leaves
 * out the rest, and wasm-pack cannot tell it not to: then each file by itself.
 */
async function wasmPackTests(build) {
  const line = (tests) =>
    [
      `eval "$(node scripts/env.mjs ${build.name})"`,
      // no-install: everything it would download is here, and std is rebuilt rather than looked for.
      `wasm-pack test --headless --chrome --mode no-install -- --locked ${tested(build).join(' ')} ${tests}`,
    ].join(' && ');
  const typed = async (tests) => {
    const { code, output } = await capture('sh', ['-c', line(tests)]);
    return { ...verdict(code, rustCounts(output)), output };
  };
  const all = await typed("--test 'web_*'");
  if (!all.failed) return all;
  const sum = { passed: 0, failed: 0, names: [], output: '' };
  for (const name of webTests()) {
    const one = await typed(`--test ${name}`);
    sum.passed += one.passed;
    sum.failed += one.failed;
    sum.names.push(...one.names);
    sum.output += one.output;
  }
  // What failed only among the others has failed.
  return sum.failed ? sum : all;
}

/** The page's Python, run as the page prints it. */
async function pythonTests() {
  await writeSnippets();
  const args = ['-m', 'unittest', 'discover', '-s', 'tests/python'];
  const env = { ...pythonEnvironment(), PYTHONDONTWRITEBYTECODE: '1' };
  const { code, output } = await capture(await python(), args, { env });
  return { ...verdict(code, unittestCounts(output)), output };
}

/** Playwright, of which `name` is the report. */
function playwrightTests(name, args) {
  const file = join(ROOT, '.cache', `${name}.json`);
  return reported(
    bin('playwright'),
    ['test', ...args, '--output', join('test-results', name), '--reporter=list,json'],
    file,
    playwrightCounts,
    {
      PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    },
  );
}

const projects = () => readdirSync(ROOT).filter((name) => /^tsconfig(\.(?!base\.)\w+)?\.json$/.test(name));

/** The suites of two rows run beside each other; alone is what has the machine to itself, after them. */
export const ROWS = { native: 'native', prepared: 'prepared', alone: 'alone' };

/**
 * `row` is one of ROWS. `name` is what is typed (several may share one), `label` what is printed; `needs` names the
 * preparations (see test.mjs) without which a suite cannot run; `apart`: only by name, since it needs a Python of its own.
 */
export function suites() {
  const vitest = join(ROOT, '.cache', 'vitest.json');
  return [
    { row: ROWS.native, name: 'fmt', label: 'cargo fmt', needs: [], run: () => rustComponent('fmt', ['--check']) },
    {
      row: ROWS.native,
      name: 'clippy',
      label: 'clippy',
      needs: [],
      run: () => rustComponent('clippy', ['--locked', '--workspace', '--all-targets', ...DENY]),
    },
    {
      row: ROWS.native,
      name: 'clippy',
      label: 'clippy, threads',
      needs: [],
      run: () => rustComponent('clippy', ['--locked', '--all-targets', '--features', 'threads', ...DENY]),
    },
    ...BUILDS.map((build) => ({
      row: ROWS.prepared,
      name: 'clippy',
      label: `clippy, wasm ${build.name}`,
      needs: ['toolchain'],
      run: () => wasmClippy(build),
    })),
    {
      row: ROWS.native,
      name: 'test',
      label: 'cargo test, threads',
      needs: [],
      run: () => rustTests(['--features', 'threads']),
    },
    // Natively the builds differ in how the pool starts, and clippy compiles all of both.
    {
      row: ROWS.native,
      name: 'test',
      label: 'cargo test, single',
      needs: [],
      run: () => rustTests(['--lib', '--test', 'small']),
    },
    {
      row: ROWS.native,
      name: 'loom',
      label: 'the fork-join under loom',
      needs: [],
      run: () => rustTests(['--manifest-path', 'tests/loom/Cargo.toml', '--target-dir', 'target/loom']),
    },
    ...BUILDS.map((build) => ({
      row: ROWS.prepared,
      name: 'web',
      label: `wasm-pack test, ${build.name}`,
      needs: ['toolchain', 'wasm-pack', 'chromium'],
      run: () => wasmPackTests(build),
    })),
    {
      row: ROWS.prepared,
      name: 'vitest',
      label: 'Vitest',
      needs: ['packages'],
      run: () =>
        reported(
          bin('vitest'),
          ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitest}`],
          vitest,
          vitestCounts,
        ),
    },
    {
      row: ROWS.prepared,
      name: 'biome',
      label: 'Biome',
      needs: ['packages'],
      run: () => check(bin('biome'), ['ci', '--colors=off']),
    },
    // The wasm's types come with its build.
    ...projects().map((project) => ({
      row: ROWS.prepared,
      name: 'tsc',
      label: `tsc, ${project}`,
      needs: ['packages', 'build'],
      run: () => check(bin('tsc'), ['--noEmit', '-p', project]),
    })),
    {
      row: ROWS.alone,
      name: 'playwright',
      label: 'Playwright, two at a time',
      needs: ['packages', 'build', 'chromium'],
      run: () => playwrightTests('playwright', ['--project=together', '--workers=2']),
    },
    {
      row: ROWS.alone,
      name: 'playwright',
      label: 'Playwright, what measures',
      needs: ['packages', 'build', 'chromium'],
      run: () => playwrightTests('playwright-alone', ['--project=alone']),
    },
    {
      row: ROWS.alone,
      name: 'engines',
      label: 'Playwright, three engines',
      needs: ['packages', 'build', 'chromium', 'firefox', 'webkit'],
      run: () => playwrightTests('engines', ['-c', 'playwright.engines.config.ts']),
    },
    { row: ROWS.alone, name: 'python', label: 'Python', needs: ['packages', 'python'], apart: true, run: pythonTests },
  ];
}

/** Those of the given names; without names, all but those that stand apart. */
export function selected(all, names) {
  const known = [...new Set(all.map(({ name }) => name))];
  const other = names.find((name) => !known.includes(name));
  if (other !== undefined) throw new Fail(`There is no test suite '${other}'; there are ${known.join(', ')}.`);
  return all.filter(({ name, apart }) => (names.length > 0 ? names.includes(name) : !apart));
}
