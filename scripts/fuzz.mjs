// npm run fuzz -- [NAME…] [--minutes 10] [--seed N]: looks for input that breaks what is said of any input, as long as
// that for each target, one after the other. What is found lies in .cache/fuzz, and the corpus that a target has grown.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packages } from './build.mjs';
import { capture, Fail, log, main, ROOT, step, which } from './run.mjs';
import { checkRust } from './toolchain/host.mjs';

const USAGE = `npm run fuzz -- [NAME…] [--minutes 10] [--seed N]
Feeds each target with random input for so many minutes; without a name, all of them. model, csv and table are libFuzzer's
(fuzz/), the others fast-check's (tests/unit/fuzz/). Ends with 1, and the file that holds it, where something is found.`;

const FOUND = join(ROOT, '.cache', 'fuzz');
const LAWS = 'tests/unit/fuzz';
const RUST = ['model', 'csv', 'table'];
const TYPESCRIPT = readdirSync(join(ROOT, LAWS))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length));

/** What libFuzzer hears of the code: which edges are taken, and what is compared. Stable Rust can do it. */
const COVERAGE = [
  '-Cpasses=sancov-module',
  ...['level=4', 'inline-8bit-counters', 'pc-table', 'trace-compares'].map(
    (what) => `-Cllvm-args=-sanitizer-coverage-${what}`,
  ),
];
/** What one input may take, and the memory of all: far more than any needs. */
const LIMITS = ['-timeout=10', '-rss_limit_mb=2048', '-malloc_limit_mb=512'];

/** Builds libFuzzer's targets and gives the folder that they lie in. */
async function built() {
  await checkRust();
  if (!['c++', 'g++', 'clang++'].some((name) => which(name)))
    throw new Fail('A C++ compiler is missing, which libFuzzer is built with: type `sudo apt-get install g++`.');
  const host = (await capture('rustc', ['-vV'])).stdout.match(/^host: (.+)$/m)[1];
  const target = join(ROOT, 'target', 'fuzz');
  await step('Building for libFuzzer', async () => {
    // A target, though it is the host: build scripts are not to be counted.
    const args = ['build', '--release', '--locked', '--target', host];
    const env = { ...process.env, CARGO_TARGET_DIR: target, RUSTFLAGS: COVERAGE.join(' ') };
    const { code, output } = await capture('cargo', args, { cwd: join(ROOT, 'fuzz'), env });
    if (code !== 0) throw new Fail(`The targets cannot be built here.\n${output.trimEnd()}`);
  });
  return join(target, host, 'release');
}

async function libFuzzer(name, minutes, seed) {
  const folder = await built();
  const grown = join(FOUND, name);
  mkdirSync(grown, { recursive: true });
  const { code, output } = await capture(join(folder, name), [
    ...[`-max_total_time=${Math.ceil(60 * minutes)}`, `-seed=${seed}`, ...LIMITS],
    ...[`-artifact_prefix=${FOUND}/${name}-`, '-print_final_stats=1', grown, join(ROOT, 'fuzz', 'corpus', name)],
  ]);
  const n_runs = Number(output.match(/stat::number_of_executed_units:\s+(\d+)/)?.[1] ?? 0);
  const found = code === 0 ? [] : [output.match(/Test unit written to (.+)/)?.[1] ?? 'no file'];
  if (code !== 0) log(output.split('\n').slice(-60).join('\n').trimEnd());
  return { n_runs, found };
}

/** Where a law hangs, its runner is ended that much later. */
const PATIENCE_MS = 120_000;

async function fastCheck(name, minutes, seed) {
  const out = join(FOUND, `${name}-laws`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { code, output } = await capture(
    join(ROOT, 'node_modules', '.bin', 'vitest'),
    ['run', `${LAWS}/${name}.test.ts`, '--no-color'],
    {
      env: {
        ...process.env,
        BREAKEVEN_FUZZ_MINUTES: String(minutes),
        BREAKEVEN_FUZZ_SEED: String(seed),
        BREAKEVEN_FUZZ_OUT: out,
      },
      signal: AbortSignal.timeout(60_000 * minutes + PATIENCE_MS),
    },
  );
  const file = join(out, 'runs.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse) : [];
  for (const { name, n_runs } of lines) log(`  ${name}: ${n_runs.toLocaleString('en')}`);
  const found = lines.map((line) => line.found).filter(Boolean);
  if (code !== 0 && found.length === 0) found.push('no file');
  if (code !== 0) log(output.trimEnd());
  return { n_runs: lines.reduce((sum, { n_runs }) => sum + n_runs, 0), found };
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(USAGE);
  const all = [...RUST, ...TYPESCRIPT];
  const other = positionals.find((name) => !all.includes(name));
  if (other !== undefined) throw new Fail(`There is no target '${other}'; there are ${all.join(', ')}.`);
  const minutes = Number(values.minutes ?? 10);
  if (!(minutes > 0 && minutes <= 1440)) throw new Fail(`--minutes ${values.minutes}: use a number up to 1440.`);
  const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * (2 ** 31 - 1)));
  if (!(Number.isInteger(seed) && seed > 0 && seed < 2 ** 31))
    throw new Fail(`--seed ${values.seed}: use a whole number from 1 to ${2 ** 31 - 1}.`);
  const names = positionals.length > 0 ? positionals : all;
  if (names.some((name) => TYPESCRIPT.includes(name))) await packages();
  for (const name of names) {
    log(`· ${name}: ${minutes} min, seed ${seed} …`);
    const { n_runs, found } = await (RUST.includes(name) ? libFuzzer : fastCheck)(name, minutes, seed);
    console.log(`${found.length > 0 ? '✗' : '✓'} ${name}: ${n_runs.toLocaleString('en')} executions, seed ${seed}`);
    for (const file of found) console.log(`  found: ${file}`);
    if (found.length > 0) process.exitCode = 1;
  }
});
