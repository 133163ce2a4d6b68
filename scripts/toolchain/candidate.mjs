// A Rust toolchain that can build the threaded wasm: new enough, with the source of std (which has to be
// rebuilt with atomics) and a linker for wasm. However it got here, it is described in the same way.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, capture, isExecutable } from '../run.mjs';

/** The oldest compiler that the flags in wasm-target.mjs were tried with. */
export const OLDEST = '1.96.0';

/**
 * The toolchain whose rustc and cargo are in `bin`, or null if it does not do.
 * `env` is what its programs need to run; `linker` is null where rustc brings its own.
 */
export async function candidate(name, bin, { env = {}, linker = null } = {}) {
  const rustc = join(bin, 'rustc');
  if (!isExecutable(rustc) || !isExecutable(join(bin, 'cargo'))) return null;
  const all = { ...process.env, ...env };
  const { code, stdout } = await capture(rustc, ['-vV'], { env: all });
  const sysroot = (await capture(rustc, ['--print=sysroot'], { env: all })).stdout.trim();
  const version = stdout.match(/^release: (.+)$/m)?.[1];
  const host = stdout.match(/^host: (.+)$/m)?.[1];
  if (code !== 0 || !version || !atLeast(version, OLDEST)) return null;
  if (!existsSync(join(sysroot, 'lib/rustlib/src/rust/library/Cargo.toml'))) return null;
  if (linker ? !isExecutable(linker) : !isExecutable(join(sysroot, `lib/rustlib/${host}/bin/rust-lld`))) return null;
  return { name: `${name} (rustc ${version})`, bin, env, linker, hasClippy: isExecutable(join(bin, 'cargo-clippy')) };
}
