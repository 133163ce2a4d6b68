// npm run compare -- training|inference [options]: others and the headless browser side by side, as one Markdown table.
import { parseArgs } from 'node:util';
import { Fail, main } from './run.mjs';

/** Modules that export `options` (for parseArgs), `usage` and `run(values)`. */
const COMPARISONS = {
  training: () => import('./compare/training.mjs'),
  inference: () => import('./compare/inference.mjs'),
};

await main(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const known = Object.keys(COMPARISONS);
  if (!Object.hasOwn(COMPARISONS, name ?? '')) {
    const given = name === undefined ? 'What is to be compared is missing' : `There is no comparison '${name}'`;
    throw new Fail(`${given}. Usage: npm run compare -- ${known.join('|')}`);
  }
  const { options, usage, run } = await COMPARISONS[name]();
  let values;
  try {
    ({ values } = parseArgs({ args: rest, options }));
  } catch (error) {
    throw new Fail(`${error.message}\nUsage: npm run compare -- ${name} ${usage}`);
  }
  await run(values);
});
