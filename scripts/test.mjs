// npm test [-- NAME…]: prepares the machine, builds, runs the suites to the end whatever fails, and sums up.
// The last line is `N passed, N failed`.
import { build, packages } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { Fail, log, main, seconds } from './run.mjs';
import { selected, suites } from './suites.mjs';
import { checkNode } from './toolchain/host.mjs';
import { wasmToolchain } from './toolchain/index.mjs';
import { python } from './toolchain/python.mjs';
import { wasmPack } from './toolchain/tools.mjs';

const PREPARATIONS = {
  packages,
  toolchain: wasmToolchain,
  build,
  'wasm-pack': wasmPack,
  chromium: () => ensureChromium({ driver: true }),
  python,
};

const total = { passed: 0, failed: 0 };
const broken = new Set();
const failures = [];
const retried = [];

function count(name, { passed, failed, reason, names = [], flaky = [], output }, since) {
  total.passed += passed;
  total.failed += failed;
  log(
    `${failed ? '✗' : '✓'} ${name}: ${passed} passed, ${failed} failed${reason ? ` (${reason})` : ''} (${seconds(since)})`,
  );
  retried.push(...flaky);
  if (!failed) return;
  failures.push(`${name}: ${reason ?? `${failed} failed`}`, ...names.map((one) => `  ${one}`));
  if (output) log(output.trimEnd());
}

const failure = (error) => ({
  passed: 0,
  failed: 1,
  reason: 'see below',
  output: error instanceof Fail ? error.message : error.stack,
});

/** A preparation is no test, so it counts only when it fails. */
async function prepare(name, work) {
  const since = performance.now();
  try {
    await work();
  } catch (error) {
    broken.add(name);
    count(`Preparing: ${name}`, failure(error), since);
  }
}

async function runSuite({ label, needs, run }) {
  const since = performance.now();
  const lacking = needs.filter((need) => broken.has(need));
  if (lacking.length > 0) {
    count(label, { passed: 0, failed: 1, reason: `not run: ${lacking.join(' and ')} could not be prepared` }, since);
    return;
  }
  log(`· ${label} …`);
  count(label, await run().catch(failure), since);
}

await main(async () => {
  const since = performance.now();
  checkNode();
  const chosen = selected(suites(), process.argv.slice(2));
  const needed = new Set(chosen.flatMap(({ needs }) => needs));
  for (const [name, work] of Object.entries(PREPARATIONS)) if (needed.has(name)) await prepare(name, work);
  for (const suite of chosen) await runSuite(suite);
  log(`\nAll of it took ${seconds(since)}.`);
  for (const one of retried) log(`~ passed only when tried again: ${one}`);
  for (const line of failures) log(line.startsWith(' ') ? line : `✗ ${line}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0) process.exitCode = 1;
});
