// npm run docs: the pages of the API, made of its types, in api-docs/: they run scripts of their own, which the site's
// policy does not allow, and any browser opens them from the disk.
import { join } from 'node:path';
import { build } from './build.mjs';
import { packagesApart } from './packages-apart.mjs';
import { log, main, ROOT, run, step } from './run.mjs';

const HERE = join(ROOT, 'scripts', 'docs');
const TYPES = join(ROOT, 'dist', 'types', 'breakeven.d.ts');
const OUT = join(ROOT, 'api-docs');

await main(async () => {
  await build();
  // TypeDoc takes an older TypeScript than the one that checks this project: neither is to see the other.
  const modules = await packagesApart('typedoc', 'scripts/docs');
  await step("Writing the API's pages", () =>
    run(process.execPath, [
      join(modules, 'typedoc', 'bin', 'typedoc'),
      ...['--options', join(HERE, 'typedoc.json'), '--tsconfig', join(HERE, 'tsconfig.json')],
      ...['--entryPoints', TYPES, '--out', OUT],
    ]),
  );
  log('  api-docs/index.html');
});
