// The file that a run of minutes ends in.
import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fail } from './run.mjs';

/** Asked before the run: what it finds must not be lost for want of a folder. */
export function checkOut(file) {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new Fail(`Nothing can be written to ${file}: there is no folder ${dirname(file)} that may be written to.`);
  }
}

/** Writes it, and prints it instead where that fails: on a full disk, say. */
export function writeOut(file, text) {
  try {
    writeFileSync(file, `${text}\n`);
  } catch (error) {
    console.log(text);
    throw new Fail(`${file} could not be written (${error.code ?? error.message}), so it was printed instead.`);
  }
}
