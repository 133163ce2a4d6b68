// The wasm toolchain from Debian's packages: installed in /usr, or unpacked into the project's folder, which
// needs no root and leaves the machine as it is (installing them would remove Debian's own rustup).
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, capture, Fail, isRoot, log, ROOT, run, step, which } from '../run.mjs';
import { candidate, OLDEST } from './candidate.mjs';

const FOLDER = join(ROOT, '.toolchain', 'debian');
const APT = join(ROOT, '.toolchain', 'apt');
const PACKAGES = ['rustc-web', 'cargo-web', 'rust-web-src', 'rust-web-clippy', 'rustfmt-web'];

/** Debian's compiler is a release: build-std has to be unlocked. */
const UNLOCK = { RUSTC_BOOTSTRAP: '1' };

/** lld is versioned, and has to be of rustc's LLVM: there is one in a folder of its own (llvm-22). */
function wasmLinker(usr) {
  const lib = join(usr, 'lib');
  const folders = existsSync(lib) ? readdirSync(lib).filter((name) => /^llvm-\d+$/.test(name)) : [];
  return folders
    .sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)))
    .map((name) => join(lib, name, 'bin', 'wasm-ld'))
    .find((file) => existsSync(file));
}

/** The folder of multi-arch libraries in an unpacked tree, such as usr/lib/x86_64-linux-gnu. */
function libraries(usr) {
  const name = readdirSync(join(usr, 'lib')).find((entry) => entry.endsWith('-linux-gnu'));
  return name && join(usr, 'lib', name);
}

async function toolchainIn(usr, env) {
  const linker = wasmLinker(usr);
  return linker ? candidate("Debian's", join(usr, 'bin'), { linker, env: { ...UNLOCK, ...env } }) : null;
}

async function unpacked() {
  const usr = join(FOLDER, 'usr');
  return existsSync(usr) ? toolchainIn(usr, { LD_LIBRARY_PATH: libraries(usr) }) : null;
}

export async function find() {
  return (await unpacked()) ?? (await toolchainIn('/usr', {}));
}

/** Names in a Depends field: one list of alternatives for each dependency. */
function dependencies(record) {
  const fields = [...record.matchAll(/^(?:Pre-)?Depends: (.+)$/gm)].map((match) => match[1]);
  return fields.flatMap((field) =>
    field.split(', ').map((group) => group.split(' | ').map((name) => name.split(/[ :]/)[0])),
  );
}

/** The packages to unpack: PACKAGES, lld of the same LLVM, and those libraries of theirs that the machine lacks. */
async function missingPackages(options) {
  const list = await run('dpkg', ['--get-selections']);
  const present = new Set(
    [...list.stdout.matchAll(/^([^\s:]+)(?::\S+)?\s+(?:install|hold)$/gm)].map((match) => match[1]),
  );
  const wanted = new Set();
  let level = PACKAGES;
  while (level.length > 0) {
    const { code, stdout } = await capture('apt-cache', [...options, 'show', '--no-all-versions', ...level]);
    if (code !== 0 && level === PACKAGES) throw new Fail(`apt does not know ${PACKAGES.join(', ')}`);
    for (const record of stdout.split(/\n\n+/)) {
      const name = record.match(/^Package: (.+)$/m)?.[1];
      if (name) wanted.add(name);
    }
    const groups = dependencies(stdout).filter((group) => !group.some((name) => present.has(name) || wanted.has(name)));
    const llvm = [...wanted].map((name) => name.match(/^libllvm(\d+)/)?.[1]).find(Boolean);
    level = [...new Set(groups.map((group) => group[0]).filter((name) => name.startsWith('lib')))];
    if (llvm && !wanted.has(`lld-${llvm}`)) level.push(`lld-${llvm}`);
  }
  return [...wanted];
}

/** Package lists of the project's own, for those who may not write the machine's. */
function privateLists() {
  for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(APT, folder), { recursive: true });
  return ['-o', `Dir::State::lists=${join(APT, 'lists')}`, '-o', `Dir::Cache=${join(APT, 'cache')}`];
}

/** Lists can be months old: the compiler in them may be too. */
async function listsAreNewEnough(options) {
  const { stdout } = await capture('apt-cache', [...options, 'policy', PACKAGES[0]]);
  const version = stdout.match(/Candidate: (?:\d+:)?([\d.]+)/)?.[1];
  return version !== undefined && atLeast(version, OLDEST);
}

async function refreshLists() {
  const options = isRoot() ? [] : privateLists();
  await run('apt-get', [...options, 'update']);
  return options;
}

async function download(options, folder) {
  const packages = await missingPackages(options);
  mkdirSync(folder, { recursive: true });
  await run('apt-get', [...options, 'download', ...packages], { cwd: folder });
}

export async function install() {
  if (!which('apt-get') || !which('dpkg')) throw new Fail('there is no apt-get on this machine');
  const debs = join(APT, 'debs');
  await step("Downloading Debian's Rust for wasm", async () => {
    if (!(await listsAreNewEnough([]))) return download(await refreshLists(), debs);
    try {
      await download([], debs);
    } catch (error) {
      log(`! ${error.message.trim().split('\n').at(-1)} Refreshing the package lists and trying again`);
      await download(await refreshLists(), debs);
    }
  });
  await step('Unpacking it into .toolchain', async () => {
    // Renamed when whole, so that an interrupted set-up is not taken for a finished one.
    const partial = `${FOLDER}.partial`;
    rmSync(partial, { recursive: true, force: true });
    for (const deb of readdirSync(debs).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(debs, deb), partial]);
    }
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(partial, FOLDER);
    rmSync(APT, { recursive: true, force: true });
  });
  const found = await unpacked();
  if (!found) throw new Fail(`Debian's Rust here is older than ${OLDEST}, too old for threaded wasm`);
  return found;
}
