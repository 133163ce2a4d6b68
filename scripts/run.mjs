// Running things: sub-commands whose output is shown when they fail, steps with their time, and
// failures that are a sentence to a person instead of a stack trace. Node built-ins only, because
// `npm start` runs this before any package is installed.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure that a person can act on: its message is all that is printed. */
export class Fail extends Error {}

/** Progress goes to stderr, so that stdout carries only results (the report, the summary). */
export function log(line) {
  process.stderr.write(`${line}\n`);
}

export function seconds(since) {
  const s = (performance.now() - since) / 1000;
  return s < 90 ? `${s.toFixed(1)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

/** Says what is being done, then how it went and how long it took. */
export async function step(title, work) {
  const since = performance.now();
  log(`· ${title} …`);
  try {
    const result = await work();
    log(`✓ ${title} (${seconds(since)})`);
    return result;
  } catch (error) {
    log(`✗ ${title} (${seconds(since)})`);
    throw error;
  }
}

/**
 * Runs a command to its end. Resolves with { code, stdout, stderr, output }; output is both streams as they came.
 * `onOutput(text)` sees the output while it arrives; `signal` ends the command.
 */
export function capture(command, args, { cwd = ROOT, env = process.env, onOutput, signal } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    const got = { stdout: '', stderr: '', output: '' };
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        got[stream] += text;
        got.output += text;
        onOutput?.(text);
      });
    }
    child.on('error', (error) => resolve({ code: 127, ...got, output: got.output + error.message }));
    child.on('close', (code, ended) => {
      resolve({ code: code ?? 1, ...got, output: ended ? `${got.output}\n(ended by ${ended})` : got.output });
    });
  });
}

/** Runs a command that must succeed; a failure shows the command and its output. */
export async function run(command, args, options) {
  const result = await capture(command, args, options);
  if (result.code !== 0) {
    throw new Fail(
      `${result.output.trimEnd()}\n\n${command} ${args.join(' ')}\nended with exit code ${result.code}; its output is above.`,
    );
  }
  return result;
}

/** The file that a command name means, or null. */
export function which(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    if (folder && isExecutable(join(folder, name))) return join(folder, name);
  }
  return null;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/** Is the dotted version at least the other? Text after the numbers (-nightly) is left out. */
export function atLeast(version, minimum) {
  const numbers = (text) => text.split(/[-+]/)[0].split('.').map(Number);
  const [a, b] = [numbers(version), numbers(minimum)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  }
  return true;
}

/** Runs a script's main function and turns its failure into a message and an exit code. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    // A wrong word on the command line is no fault of the script's.
    const isPlain = error instanceof Fail || String(error.code).startsWith('ERR_PARSE_ARGS');
    log(isPlain ? `\n✗ ${error.message}` : `\n✗ ${error.stack}`);
    process.exitCode = 1;
  }
}
