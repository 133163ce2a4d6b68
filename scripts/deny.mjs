// npm run deny: are the licences and the sources of all that this project is made with those that it allows? Crates by
// cargo-deny (deny.toml), packages by the licences that the lock files name. What is known to be vulnerable is asked for
// apart, for the answer changes by the day: .github/workflows/deny.yml.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { capture, Fail, log, main, ROOT, step } from './run.mjs';
import { checkRust } from './toolchain/host.mjs';
import { cargoDeny } from './toolchain/tools.mjs';

/** MPL-2.0 and Python-2.0 are those of tools, of which nothing is given away. */
const ALLOWED = [
  ...['MIT', 'Apache-2.0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense', 'Zlib', 'BlueOak-1.0.0'],
  ...['MPL-2.0', 'Python-2.0'],
];
/** The crate, what it is fuzzed with, and what its fork-join is checked with. */
const MANIFESTS = ['Cargo.toml', 'fuzz/Cargo.toml', 'tests/loom/Cargo.toml'];
export const LOCKS = ['package-lock.json', 'scripts/compare/onnx/package-lock.json', 'scripts/docs/package-lock.json'];

/** Packages of a lock file whose licence is none of those: of several one does (`OR`), or each is needed (`AND`). */
export function refusedPackages({ packages }) {
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .filter(
      ([, { license = '' }]) =>
        !license
          .replace(/[()]/g, '')
          .split(' OR ')
          .some((names) => names.split(' AND ').every((name) => ALLOWED.includes(name))),
    )
    .map(([path, { license = 'no licence' }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}: ${license}`);
}

async function checkCrates() {
  await checkRust();
  const program = await cargoDeny();
  for (const manifest of MANIFESTS) await checkCratesOf(program, manifest);
}

async function checkCratesOf(program, manifest) {
  await step(`Licences, bans and sources of crates, ${manifest}`, async () => {
    const { code, output } = await capture(program, [
      ...['--locked', '--manifest-path', manifest],
      '--color',
      'never',
      'check',
      '--hide-inclusion-graph',
      'licenses',
      'bans',
      'sources',
    ]);
    log(output.trimEnd());
    if (code !== 0) throw new Fail('Not every crate is as deny.toml allows: see above.');
  });
}

function checkPackages() {
  for (const file of LOCKS) {
    const lock = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    const refused = refusedPackages(lock);
    if (refused.length > 0) throw new Fail(`${file} has packages whose licence is not allowed:\n${refused.join('\n')}`);
    log(`✓ Licences of ${Object.keys(lock.packages).length - 1} packages in ${file}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    checkPackages();
    await checkCrates();
  });
}
