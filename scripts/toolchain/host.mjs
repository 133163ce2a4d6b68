// What the machine itself has to bring: Node, Rust and a C linker. What is missing is said in a sentence.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, capture, Fail, ROOT, which } from '../run.mjs';

/** Vite 8 and Vitest 4 need it. */
const NODE = '20.19.0';

export function checkNode() {
  if (!atLeast(process.versions.node, NODE)) {
    throw new Fail(
      `Node ${process.versions.node} is too old: install Node ${NODE} or newer, for example with \`nvm install 22\`.`,
    );
  }
}

export async function checkRust() {
  if (!which('cargo')) {
    throw new Fail('Rust is missing: type `curl https://sh.rustup.rs -sSf | sh`, open a new shell and start again.');
  }
  const wanted = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8').match(/^rust-version = "(.+)"/m)[1];
  const { code, stdout, output } = await capture('rustc', ['--version']);
  const version = stdout.match(/^rustc (\S+)/)?.[1];
  if (code !== 0 || !version)
    throw new Fail(`\`rustc --version\` does not work: type \`rustup default stable\`.\n${output}`);
  if (!atLeast(version, wanted)) {
    throw new Fail(`Rust ${version} is too old: this project needs ${wanted}; type \`rustup update stable\`.`);
  }
  if (!which('cc') && !which('gcc') && !which('clang')) {
    throw new Fail(
      'A C linker is missing (Rust links its build scripts with it): type `sudo apt-get install gcc libc6-dev`.',
    );
  }
}
