/** What the command lines say of themselves; nothing is built or measured for it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { writeOut } from '../../scripts/out.mjs';
import { ROOT } from '../../scripts/run.mjs';
import { complete } from '../../www/experiment/config.js';

const script = (name: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, [join(ROOT, 'scripts', `${name}.mjs`), ...args]);

test('npm run experiment -- --help has an example of a file, which is an experiment', async () => {
  const { stdout } = await script('experiment', '--help');
  expect(stdout).toContain('[--classifiers NB,RF]');
  const example = JSON.parse(stdout.match(/^ {2}\{[\s\S]*?^ {2}\}/m)?.[0] ?? '');
  const { data, classifiers, sweep } = complete(example);
  expect(data).toMatchObject({ n_samples: 5000, random_state: 7 });
  expect(Object.keys(classifiers)).toEqual(['NB', 'RF']);
  expect(sweep).toMatchObject({ preset: 'quick', batch_sizes: [10, 1000, 100_000] });
});

test('npm run lab -- --help tells its names and options; a wrong one is refused with the same', async () => {
  const { stdout } = await script('lab', '--help');
  for (const word of ['oversubscribed', 'repeat', 'soak', '--threads', '--runs', '--experiments'])
    expect(stdout).toContain(word);
  await expect(script('lab', '--nope')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/'--nope'.*\nUsage: npm run lab/),
  });
});

test.runIf(existsSync('/dev/full'))('what cannot be written is printed instead', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  expect(() => writeOut('/dev/full', 'a report')).toThrow(
    '/dev/full could not be written (ENOSPC), so it was printed instead.',
  );
  expect(log).toHaveBeenCalledWith('a report');
  log.mockRestore();
});
