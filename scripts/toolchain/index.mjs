// Which toolchain builds the wasm: one that is there already, else rustup's, else Debian's.
import { Fail, log } from '../run.mjs';
import * as debian from './debian.mjs';
import { checkRust } from './host.mjs';
import * as rustup from './rustup.mjs';

let chosen;

/** The same for all who ask, at the same time, too: installing it once is enough. */
export function wasmToolchain() {
  chosen ??= choose();
  return chosen;
}

async function choose() {
  await checkRust();
  const found = (await rustup.find()) ?? (await debian.find());
  if (found) {
    log(`✓ Wasm toolchain: ${found.name}`);
    return found;
  }
  const reasons = [];
  for (const source of [rustup, debian]) {
    try {
      return await source.install();
    } catch (error) {
      if (!(error instanceof Fail)) throw error;
      reasons.push(error.message);
      log(`! ${error.message}${source === rustup ? "; trying Debian's packages" : ''}`);
    }
  }
  throw new Fail(
    `No toolchain for threaded wasm (${reasons.join('; ')}): type \`rustup toolchain install nightly --component rust-src\`.`,
  );
}
