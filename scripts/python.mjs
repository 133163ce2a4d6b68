// Python scripts of this project, and the lines of JSON that they write: arrays come as bytes in base64.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Fail, ROOT } from './run.mjs';
import { pythonEnvironment } from './toolchain/python.mjs';

/** Typed arrays for what arrived as bytes, with their `shape`. */
function revive(_, value) {
  const [kind, type] = value?.f8 !== undefined ? ['f8', Float64Array] : ['i4', Int32Array];
  if (value?.[kind] === undefined) return value;
  const bytes = Buffer.from(value[kind], 'base64');
  const array = new type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Object.assign(array, { shape: value.shape });
}

export const parseLine = (line) => JSON.parse(line, revive);

/** A script of scripts/python that is running: `lines` are its answers, `ask(task)` sends one and awaits the next. */
export class PythonScript {
  #child;
  #ended;
  #errors = '';
  #lines;

  constructor(program, script, args = [], environment = pythonEnvironment()) {
    this.#child = spawn(program, [join(ROOT, 'scripts/python', script), ...args.map(String)], {
      cwd: ROOT,
      env: environment,
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors += text;
    });
    // What cannot be written has its reason in how the script ended.
    this.#child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('close', (code, signal) => resolve(code === 0 ? null : (signal ?? `exit code ${code}`)));
    });
    this.#lines = this.#read(script);
  }

  async *#read(script) {
    // Python waits while nobody takes its lines.
    for await (const line of createInterface({ input: this.#child.stdout })) yield parseLine(line);
    const failure = await this.#ended;
    if (failure) throw new Fail(`${this.#errors.trimEnd()}\n\n${script} ended with ${failure}.`);
  }

  get lines() {
    return this.#lines;
  }

  async ask(task) {
    this.#child.stdin.write(`${JSON.stringify(task)}\n`);
    const { value, done } = await this.#lines.next();
    if (done)
      throw new Fail(`${this.#errors.trimEnd()}\n\nThe Python script gave no answer to ${JSON.stringify(task)}.`);
    return value;
  }

  end() {
    this.#child.kill();
  }
}
