/** Workflows run where no test of ours does: at least what they call is there, and is what it was when it was read. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = '.github/workflows';
const SCRIPTS = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts);
const workflows = readdirSync(FOLDER).map((name) => ({ name, lines: readFileSync(`${FOLDER}/${name}`, 'utf8') }));
/** What sets the machine up, what asks for advisories, and what lays the API's pages beside the site. */
const OTHERS =
  /^rustup toolchain install stable |^sudo apt-get update |^npm audit$|^\.toolchain\/bin\/cargo-deny |^cp -r api-docs dist\/api$/;
const values = (key: string) =>
  workflows.flatMap(({ name, lines }) =>
    [...lines.matchAll(new RegExp(`^ +(?:- )?${key}: (.+)$`, 'gm'))].map(([, value = '']) => ({ name, value })),
  );

test('each step is a script of this project, or sets Rust up, or asks for advisories', () => {
  const runs = values('run');
  expect(runs.length).toBeGreaterThan(5);
  for (const { name, value } of runs) {
    const [, script] = value.match(/^npm run ([\w-]+)$/) ?? [];
    if (script !== undefined) expect(SCRIPTS, name).toContain(script);
    else if (value.startsWith('.ci/')) expect(existsSync(value), `${name}: ${value}`).toBe(true);
    else expect(value, name).toMatch(OTHERS);
  }
});

test('what is not ours is pinned by its hash, and keeps no credentials', () => {
  const uses = values('uses');
  expect(uses.length).toBeGreaterThan(5);
  for (const { name, value } of uses) expect(value, name).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  const checkouts = uses.filter(({ value }) => value.startsWith('actions/checkout@'));
  expect(values('persist-credentials').filter(({ value }) => value === 'false')).toHaveLength(checkouts.length);
});

test('a workflow may read, and only the one that publishes may do more', () => {
  for (const { name, lines } of workflows) {
    expect(lines, name).toMatch(/^permissions:\n {2}contents: read\n(?! )/m);
    expect(/: write/.test(lines), name).toBe(name === 'publish.yml');
  }
});

test('updates are asked for wherever something is pinned', () => {
  const updates = readFileSync('.github/dependabot.yml', 'utf8');
  const pinned = execFileSync('git', ['ls-files', '*Cargo.lock', '*package-lock.json', '*requirements.txt'])
    .toString()
    .trim()
    .split('\n');
  expect(pinned.length).toBeGreaterThan(5);
  for (const file of pinned)
    expect(updates, file).toMatch(new RegExp(`["' ]/${dirname(file).replace(/^\.$/, '')}["'\n]`));
  expect(updates).toContain('package-ecosystem: github-actions');
});
