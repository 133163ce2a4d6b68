// A Python with the scikit-learn that Breakeven is compared with, in a folder of its own.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, capture, Fail, ROOT, step, which } from '../run.mjs';
import { unlessUnchanged } from '../stamp.mjs';

const FOLDER = '.toolchain/python';
const REQUIREMENTS = 'scripts/python/requirements.txt';
const PYTHON = join(ROOT, FOLDER, 'bin', 'python');

/** The oldest that the pinned scikit-learn and numpy run on. */
const OLDEST = '3.11';
const NAMES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];

/** The interpreter that PYTHON names, else the first on the PATH that is new enough. */
async function host() {
  const chosen = process.env.PYTHON;
  let old = null;
  for (const program of chosen ? [chosen] : NAMES.map((name) => which(name)).filter(Boolean)) {
    const { code, output } = await capture(program, ['--version']);
    const version = code === 0 && output.match(/^Python (\S+)/m)?.[1];
    if (version && atLeast(version, OLDEST)) return program;
    if (version) old ??= version;
  }
  if (chosen) throw new Fail(`PYTHON names ${chosen}, which is no Python of version ${OLDEST} or newer.`);
  const found = old ? `Python ${old} is too old: scikit-learn needs ${OLDEST} or newer` : 'Python is missing';
  throw new Fail(`${found}; type \`sudo apt-get install python3 python3-venv\`, or name one with \`PYTHON=…\`.`);
}

async function makeEnvironment() {
  const program = await host();
  const folder = join(ROOT, FOLDER);
  await step('Setting up a Python environment', async () => {
    rmSync(folder, { recursive: true, force: true });
    const { code, output } = await capture(program, ['-m', 'venv', folder]);
    if (code !== 0)
      throw new Fail(
        `${output.trimEnd()}\n\n${program} cannot make environments: type \`sudo apt-get install python3-venv\`.`,
      );
  });
  await step('Installing scikit-learn, once', async () => {
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary', ':all:', '-r', REQUIREMENTS];
    const { code, output } = await capture(PYTHON, args);
    if (code !== 0)
      throw new Fail(
        `${output.trimEnd()}\n\nscikit-learn could not be installed: type \`${FOLDER}/bin/python ${args.join(' ')}\` to try again.`,
      );
  });
}

/** The environment's interpreter; made where it is missing or its pins have changed. */
export async function python() {
  // The interpreter is a link: it counts as missing once the Python it was made from is gone.
  await unlessUnchanged('python', { inputs: [REQUIREMENTS], outputs: [`${FOLDER}/bin/python`] }, makeEnvironment);
  return PYTHON;
}

/**
 * numpy as on a user's machine: some variables would choose other kernels, with other roundings. `followed`: with those whose
 * order of sums src/data/make_classification follows, whatever the processor; with AVX-512 numpy's own data are others.
 */
export function pythonEnvironment({ followed = false } = {}) {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...rest } = process.env;
  return { ...rest, PYTHONUNBUFFERED: '1', ...(followed && { OPENBLAS_CORETYPE: 'Haswell' }) };
}
