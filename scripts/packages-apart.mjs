// Packages that only one command needs: installed in a folder of their own under .toolchain/, by a lock file of their own.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, Fail, ROOT, step } from './run.mjs';
import { unlessUnchanged } from './stamp.mjs';

/**
 * Gives the `node_modules` with what `from`/package-lock.json pins: installed where it is missing or its pin has changed.
 * `name` is the package that is asked for.
 */
export async function packagesApart(name, from) {
  const folder = `.toolchain/${name}`;
  const inputs = [`${from}/package.json`, `${from}/package-lock.json`];
  await unlessUnchanged(name, { inputs, outputs: [`${folder}/node_modules/${name}`] }, () =>
    step(`Installing ${name}, once`, async () => {
      mkdirSync(join(ROOT, folder), { recursive: true });
      for (const file of inputs) copyFileSync(join(ROOT, file), join(ROOT, folder, file.split('/').at(-1)));
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
      const { code, output } = await capture('npm', args, { cwd: join(ROOT, folder) });
      if (code !== 0)
        throw new Fail(
          `${output.trimEnd()}\n\n${name} could not be installed: type \`npm ${args.join(' ')}\` in ${folder} to try again.`,
        );
    }),
  );
  return join(ROOT, folder, 'node_modules');
}
