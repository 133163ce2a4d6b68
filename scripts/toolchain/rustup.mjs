// The wasm toolchain from rustup: a nightly that is installed already, or a dated one in the project's folder.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capture, Fail, ROOT, step, which } from '../run.mjs';
import { candidate } from './candidate.mjs';

/** Dated, so that everybody builds with the same compiler: 1.96, the version that Debian has too. */
const NIGHTLY = 'nightly-2026-04-05';
const HOME = join(ROOT, '.toolchain', 'rustup');
/** Where the project's own toolchain is looked for. */
export const OWN = { ...process.env, RUSTUP_HOME: HOME };

/** Without a sign of life within this time, the servers count as unreachable. */
const PATIENCE_MS = 20_000;

/** The name of the project's own toolchain, where rustup has installed one. */
export const rustupToolchain = () => (existsSync(join(HOME, 'toolchains')) ? NIGHTLY : null);

async function firstSuitable(env) {
  const { stdout } = await capture('rustup', ['toolchain', 'list', '-v'], { env });
  for (const line of stdout.split('\n')) {
    const [, name, folder] = line.match(/^(\S*nightly\S*).*?(\/.+)$/) ?? [];
    const found = folder && (await candidate(name, join(folder, 'bin')));
    if (found) return found;
  }
  return null;
}

export async function find() {
  if (!which('rustup')) return null;
  const own = existsSync(HOME) ? await firstSuitable(OWN) : null;
  return own ?? (await firstSuitable(process.env));
}

export async function install() {
  if (!which('rustup')) throw new Fail('rustup is not installed');
  await step(`Downloading Rust ${NIGHTLY} with rustup`, download);
  const installed = await firstSuitable(OWN);
  if (!installed) throw new Fail(`rustup installed ${NIGHTLY}, but it lacks rust-src or rust-lld`);
  return installed;
}

async function download() {
  const unreachable = new AbortController();
  const timer = setTimeout(() => unreachable.abort(), PATIENCE_MS);
  const args = ['toolchain', 'install', NIGHTLY, '--profile', 'minimal', '--no-self-update'];
  const { code, output } = await capture('rustup', [...args, '--component', 'rust-src', '--component', 'clippy'], {
    env: { ...OWN, RUSTUP_MAX_RETRIES: '1' },
    signal: unreachable.signal,
    onOutput: (text) => /downloading|installing/.test(text) && clearTimeout(timer),
  });
  clearTimeout(timer);
  if (unreachable.signal.aborted) throw new Fail(`rustup got no answer within ${PATIENCE_MS / 1000} s`);
  if (code !== 0) {
    throw new Fail(
      `rustup could not download ${NIGHTLY}: ${output.match(/^error: (.+)/m)?.[1] ?? `exit code ${code}`}`,
    );
  }
}
