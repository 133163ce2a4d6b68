// The Python of the page's rule as the page prints it of its recorded results, in .cache/snippets: one by threads, one
// as where memory cannot be shared, by processes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';

const FOLDER = join(ROOT, '.cache', 'snippets');

export async function writeSnippets() {
  // Vite comes with the packages: not before they are there.
  const { runnerImport } = await import('vite');
  const load = async (name) => (await runnerImport(join(ROOT, 'www/experiment', name))).module;
  const { checkReport } = await load('check-report.ts');
  const { pythonSnippet } = await load('python.ts');
  const report = checkReport(JSON.parse(readFileSync(join(ROOT, 'www/page/recorded.json'), 'utf8')));
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, tier] of Object.entries({ threads: 'threads', processes: 'workers' })) {
    const code = pythonSnippet({ ...report, environment: { ...report.environment, tier } });
    writeFileSync(join(FOLDER, `${name}.py`), code);
  }
}
