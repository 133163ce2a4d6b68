// wasm-bindgen, wasm-pack and cargo-deny: those of the right version on the machine, else built into .toolchain/bin.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, log, ROOT, run, step, which } from '../run.mjs';

const FOLDER = join(ROOT, '.toolchain');
const CARGO_DENY = '0.20.2';
const WASM_PACK = '0.15.1';

/** Folder of tools to put on the PATH. */
export const TOOLS = join(FOLDER, 'bin');

/** wasm-bindgen's command line has to be of exactly the version that the crate was compiled with. */
function bindgenVersion() {
  return readFileSync(join(ROOT, 'Cargo.lock'), 'utf8').match(/name = "wasm-bindgen"\nversion = "(.+)"/)[1];
}

async function find(program, version) {
  for (const file of [join(TOOLS, program), which(program)]) {
    if (!file) continue;
    const { stdout } = await capture(file, ['--version']);
    if (stdout.trim().split(' ')[1] === version) return file;
  }
  return null;
}

async function ensure(crate, program, version) {
  const found = await find(program, version);
  if (found) return found;
  const args = ['install', crate, '--version', version, '--root', FOLDER, '--force', '--quiet'];
  // They share dependencies, so a common target folder; and they run for seconds, so less is optimised.
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: join(FOLDER, 'target'),
    CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  };
  await step(`Building ${crate} ${version}, once`, async () => {
    const locked = await capture('cargo', [...args, '--locked'], { env });
    if (locked.code === 0) return;
    // Its lock file may name versions that a registry does not serve any more.
    const reason = locked.output.match(/^error: .+/m)?.[0] ?? `exit code ${locked.code}`;
    log(`! ${reason}\n! Not with the versions that ${crate} was released with; trying the newest that fit`);
    await run('cargo', args, { env });
  });
  return join(TOOLS, program);
}

export function wasmBindgen() {
  return ensure('wasm-bindgen-cli', 'wasm-bindgen', bindgenVersion());
}

export function wasmPack() {
  return ensure('wasm-pack', 'wasm-pack', WASM_PACK);
}

export function cargoDeny() {
  return ensure('cargo-deny', 'cargo-deny', CARGO_DENY);
}
