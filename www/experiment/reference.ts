/**
 * Results that the visitor's own are laid over: recorded with the page, from a link or from a file; and those of the last
 * run, until the next one has an answer.
 */
import { inOrder } from './check.js';
import { counted, list } from './format.js';
import { leftOut } from './own-table.js';
import type { ExperimentReport } from './report.js';
import { verdict } from './words.js';

export interface Reference {
  report: ExperimentReport;
  from: 'recorded' | 'link' | 'file' | 'last';
}

export const FROM = {
  recorded: 'Recorded',
  link: 'From this link',
  file: 'From a file',
  last: 'The last run’s',
} as const;

/** "Recorded on 2026-11-25: 2 threads, Chromium 148 on Linux". */
export function referenceWords({ report, from }: Reference): string {
  if (from === 'last') return `${FROM.last}, until there is another answer`;
  const on = report.recorded_on ? ` on ${report.recorded_on}` : '';
  return `${FROM[from]}${on}: ${machineWords(report)}`;
}

/** Its verdict, which is not of this machine now: who opens a link may have made it there. */
export function verdictOf({ report, from }: Reference): string {
  const whose = from === 'last' ? 'In the last run' : 'Elsewhere or earlier';
  return verdict(report.sweeps, report.experiment.n_threads, whose);
}

/** The same in a word or two, where the whole has been said. */
export function referenceTag({ from }: Reference): string {
  return FROM[from].toLowerCase();
}

/** Who measured: what a browser tells, and the machine's name where a person has given it. */
export function machineWords({ environment, machine }: Pick<ExperimentReport, 'environment' | 'machine'>): string {
  const { n_threads, user_agent } = environment;
  return [machine, counted(n_threads, 'thread'), browserWords(user_agent)].filter(Boolean).join(', ');
}

const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, 'Edge'],
  [/Firefox\/(\d+)/, 'Firefox'],
  [/Chrome\/(\d+)/, 'Chromium'],
  [/Version\/(\d+).*Safari/, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

export function browserWords(user_agent: string): string {
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(user_agent)?.[1];
    const system = SYSTEMS.find(([found]) => found.test(user_agent))?.[1];
    if (version) return `${name} ${version}${system ? ` on ${system}` : ''}`;
  }
  return '';
}

/** In which settings two experiments differ, in words; '' where they are the same, as far as both tell. */
export function difference(a: ExperimentReport['experiment'], b: ExperimentReport['experiment']): string {
  const parts: [string, keyof ExperimentReport['experiment']][] = [
    ['the data', 'data'],
    ['the split', 'split'],
    ['the classifiers', 'classifiers'],
    ['the sweep', 'sweep'],
  ];
  const told = (experiment: typeof a) => ({ ...experiment, data: leftOut(experiment.data) });
  const [mine, theirs] = [told(a), told(b)];
  const differs = (key: keyof typeof a) =>
    inOrder(mine[key]) !== inOrder(theirs[key]) || (key === 'data' && haveOtherTables(a, b));
  return list(parts.filter(([, key]) => differs(key)).map(([words]) => words));
}

/** Two tables, where neither is left out: too long to be written down to be compared. */
function haveOtherTables(a: ExperimentReport['experiment'], b: ExperimentReport['experiment']): boolean {
  const [mine, theirs] = [a, b].map(({ data }) => ('csv' in data ? data.csv : null));
  return mine !== null && theirs !== null && mine !== theirs;
}
