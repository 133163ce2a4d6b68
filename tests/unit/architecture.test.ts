import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

/** A room imports only from rooms before it, and from itself. */
const ROOMS = ['api', 'experiment', 'charts', 'widget', 'page'];
const WWW = join(import.meta.dirname, '../../www');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What a file imports of ours, types too. */
function importsOf(file: string): string[] {
  const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g);
  return [...imports].map(([, path = '']) => path);
}

test.each(ROOMS)('%s imports only from the rooms before it', (room) => {
  for (const file of sources(join(WWW, room))) {
    for (const path of importsOf(file)) {
      const other = relative(WWW, normalize(join(dirname(file), path))).split('/')[0] ?? '';
      // The generated types of the wasm package lie outside.
      if (other === '..') continue;
      expect(ROOMS.indexOf(other), `${relative(WWW, file)} imports ${path}`).toBeLessThanOrEqual(ROOMS.indexOf(room));
    }
  }
});

/** Inside a room: a folder's files import only from these folders of it, and from the files that lie in no folder. */
const INSIDE: Record<string, Record<string, readonly string[]>> = {
  widget: { element: ['form', 'views', 'figure', 'styles'], form: [], views: ['figure'], figure: [], styles: [] },
  api: {
    rpc: [],
    isolated: ['rpc'],
    strategies: ['isolated'],
    table: [],
    coordinator: ['strategies', 'isolated', 'rpc', 'table'],
  },
};

test.each(Object.keys(INSIDE))('inside %s imports run one way', (room) => {
  const allowed = INSIDE[room] ?? {};
  const folderOf = (path: string) => {
    const [first = '', ...more] = relative(join(WWW, room), path).split('/');
    return first === '..' || more.length === 0 ? null : first;
  };
  const folders = new Set<string>();
  for (const file of sources(join(WWW, room))) {
    const own = folderOf(file);
    if (own === null) continue;
    folders.add(own);
    for (const path of importsOf(file)) {
      const other = folderOf(normalize(join(dirname(file), path)));
      if (other !== null && other !== own)
        expect(allowed[own], `${relative(WWW, file)} imports ${path}`).toContain(other);
    }
  }
  expect([...folders].sort()).toEqual(Object.keys(allowed).sort());
});

test('no file imports one that imports it', () => {
  const resolve = (file: string, path: string) => normalize(join(dirname(file), path)).replace(/\.js$/, '.ts');
  const files = sources(WWW);
  const left = new Map(files.map((file) => [file, importsOf(file).map((path) => resolve(file, path))]));
  // A file that imports none of those that are left is in no circle, nor is one that none of them imports.
  for (let before = Number.POSITIVE_INFINITY; left.size < before; ) {
    before = left.size;
    for (const [file, imports] of left) if (!imports.some((path) => left.has(path))) left.delete(file);
    const imported = new Set([...left.values()].flat());
    for (const file of left.keys()) if (!imported.has(file)) left.delete(file);
  }
  expect([...left.keys()].map((file) => relative(WWW, file))).toEqual([]);
});
