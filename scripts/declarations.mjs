// dist/types: the declarations of what the package exports, and of nothing else.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT, run } from './run.mjs';

const TYPES = join(ROOT, 'dist', 'types');
const ENTRIES = ['breakeven.d.ts', 'widget/element/breakeven-lab.d.ts'];

/** A declaration file and all that it speaks of. */
function reach(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(TYPES, file), 'utf8');
  for (const [, path] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
    reach(relative(TYPES, join(TYPES, dirname(file), `${path}.d.ts`)), seen);
  }
  return seen;
}

export async function declarations() {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const flags = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', 'www', '--outDir', TYPES];
  await run(tsc, ['-p', 'tsconfig.json', ...flags]);
  const needed = new Set(ENTRIES.flatMap((entry) => [...reach(entry)]));
  for (const entry of readdirSync(TYPES, { recursive: true, withFileTypes: true })) {
    const file = relative(TYPES, join(entry.parentPath, entry.name));
    if (entry.isFile() && !needed.has(file)) rmSync(join(TYPES, file));
  }
}
