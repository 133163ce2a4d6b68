// npm run miri: Miri looks at every step of our own unsafe code over plain vectors (walks in groups, chunks, the fork-join):
// accesses out of bounds, of what is not written yet, of two threads at once. Reads and writes of WebAssembly's vectors are
// seen by the browsers' tests only.
import { capture, Fail, log, main, run, seconds, which } from './run.mjs';
import { OWN, rustupToolchain } from './toolchain/rustup.mjs';

/** Tests that are small enough for an interpreter. */
const TESTS = ['small', 'fork_join'];

/** The arguments of a cargo that has Miri, and its environment. */
async function miri() {
  const lacking = (why) =>
    new Fail(
      `Miri is missing: ${why}. It is a component of nightly Rust that only rustup installs: type ` +
        '`rustup toolchain install nightly --component miri --component rust-src`, then `npm run miri` again.',
    );
  if (!which('rustup')) throw lacking('there is no rustup');
  const { stdout } = await capture('rustup', ['toolchain', 'list']);
  const names = [...stdout.matchAll(/^(nightly\S*)/gm)].map(([, name]) => ({ name, env: process.env }));
  const own = rustupToolchain();
  if (own) names.unshift({ name: own, env: OWN });
  for (const { name, env } of names) {
    if ((await capture('cargo', [`+${name}`, 'miri', '--version'], { env })).code === 0) return { name, env };
  }
  if (!own) throw lacking('no nightly has it');
  const { code, output } = await capture('rustup', ['component', 'add', 'miri', '--toolchain', own], { env: OWN });
  if (code !== 0) throw lacking(output.match(/^error: (.+)/m)?.[1] ?? `rustup ended with ${code}`);
  return { name: own, env: OWN };
}

await main(async () => {
  const since = performance.now();
  const { name, env } = await miri();
  log(`✓ Miri of ${name}`);
  const tests = TESTS.flatMap((test) => ['--test', test]);
  // Clocks and thread counts are the machine's.
  await run('cargo', [`+${name}`, 'miri', 'test', '--locked', '--target-dir', 'target/miri', ...tests], {
    env: { ...env, MIRIFLAGS: '-Zmiri-disable-isolation' },
  });
  log(`✓ Miri found nothing (${seconds(since)})`);
});
