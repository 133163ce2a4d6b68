// onnxruntime-web, in a folder of its own: it is large, and only this comparison needs it.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, Fail, ROOT, step } from '../../run.mjs';
import { unlessUnchanged } from '../../stamp.mjs';

const FOLDER = '.toolchain/onnx';
const LOCKED = ['scripts/compare/onnx/package.json', 'scripts/compare/onnx/package-lock.json'];
const FILES = `${FOLDER}/node_modules/onnxruntime-web/dist`;

/** The folder with its modules and wasm; installed where it is missing or its pin has changed. */
export async function onnxWeb() {
  await unlessUnchanged('onnx', { inputs: LOCKED, outputs: [`${FILES}/ort.wasm.min.mjs`] }, () =>
    step('Installing onnxruntime-web, once', async () => {
      mkdirSync(join(ROOT, FOLDER), { recursive: true });
      for (const file of LOCKED) copyFileSync(join(ROOT, file), join(ROOT, FOLDER, file.split('/').at(-1)));
      const args = ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'];
      const { code, output } = await capture('npm', args);
      if (code !== 0)
        throw new Fail(
          `${output.trimEnd()}\n\nonnxruntime-web could not be installed: type \`npm ${args.join(' ')}\` to try again.`,
        );
    }),
  );
  return join(ROOT, FILES);
}
