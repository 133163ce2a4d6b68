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

test.each(ROOMS)('%s imports only from the rooms before it', (room) => {
  for (const file of sources(join(WWW, room))) {
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g);
    for (const [, path = ''] of imports) {
      const other = relative(WWW, normalize(join(dirname(file), path))).split('/')[0] ?? '';
      // The generated types of the wasm package lie outside.
      if (other === '..') continue;
      expect(ROOMS.indexOf(other), `${relative(WWW, file)} imports ${path}`).toBeLessThanOrEqual(ROOMS.indexOf(room));
    }
  }
});
