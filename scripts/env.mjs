// eval "$(npm run --silent toolchain -- threads|single)": the shell has the project's toolchain for wasm on its PATH from then
// on, wasm-pack and its browsers' drivers too, and what a build of that name is compiled with.
import { delimiter, dirname } from 'node:path';
import { ensureChromium } from './chromium.mjs';
import { Fail, main } from './run.mjs';
import { wasmToolchain } from './toolchain/index.mjs';
import { wasmBindgen, wasmPack } from './toolchain/tools.mjs';
import { BUILDS, wasmEnvironment } from './wasm-target.mjs';

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

await main(async () => {
  try {
    await print();
  } catch (error) {
    // Else the shell would take nothing for success.
    console.log('false');
    throw error;
  }
});

async function print() {
  const [name = BUILDS[0].name, ...more] = process.argv.slice(2);
  const build = BUILDS.find((one) => one.name === name);
  if (!build || more.length > 0) throw new Fail(`npm run toolchain -- ${BUILDS.map((one) => one.name).join('|')}`);
  const toolchain = await wasmToolchain();
  await wasmBindgen();
  await wasmPack();
  const { driver } = await ensureChromium({ driver: true });
  const env = wasmEnvironment(toolchain, build);
  env.PATH = [env.PATH, dirname(driver)].join(delimiter);
  // One of the shell's own would win over the one on its PATH.
  const lines = process.env.RUSTUP_TOOLCHAIN === undefined ? [] : ['unset RUSTUP_TOOLCHAIN'];
  for (const [key, value] of Object.entries(env))
    if (process.env[key] !== value) lines.push(`export ${key}=${quoted(value)}`);
  console.log(lines.join('\n'));
}
