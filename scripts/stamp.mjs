// What has been built from what: a stage is left out when the content of its inputs has not changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.mjs';

const folder = join(ROOT, '.cache', 'stamps');

/** A hash over names and contents of files and folders, given relative to the project. */
export function hashOf(inputs) {
  const hash = createHash('sha256');
  const add = (path) => {
    const full = join(ROOT, path);
    if (!existsSync(full)) return hash.update(`${path}\0absent\0`);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`);
      return hash;
    }
    return hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
  };
  for (const input of inputs) add(input);
  return hash.digest('hex');
}

/**
 * Runs `work` unless `inputs` are as they were when it last succeeded and every one of `outputs` is there.
 * Answers whether it ran.
 */
export async function unlessUnchanged(stage, { inputs, outputs }, work) {
  const file = join(folder, stage);
  const now = hashOf(inputs);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : null;
  if (before === now && outputs.every((path) => existsSync(join(ROOT, path)))) return false;
  await work();
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, now);
  return true;
}
