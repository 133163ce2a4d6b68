/** The parts of the widget that an author can ask for (`view`) and leave out (`hide`). */
import { invalid } from '../experiment/check.js';

/** In the order in which they lie. */
export const PARTS = {
  run: 'the buttons that start and cancel a run',
  settings: 'the form, folded',
  chart: 'two lines that cross: one classifier, serial and in parallel',
  verdict: 'the answer in a sentence, and the button that measures longer',
  environment: 'what the numbers are measured on',
  data: 'the rows as points, and how many of each class',
  training: 'the table of classifiers, their charts and grids',
  models: 'models that are kept in this browser: to predict files, to download, to delete',
  inference: 'whether prediction is parallel already',
  sweep: 'time over batch size, break-evens and what is gained',
  closer: 'one classifier closer: where the time goes, a sleeping pool, other numbers of threads',
  rule: 'the rule for this machine, and the same in Python',
  hidden: 'what the notebook’s own numbers hide',
  notes: 'how the run was measured, what was left out, and other reservations',
  downloads: 'the report and the tables as files, a link with the results, and a report from a file',
  embed: 'the button that writes the code to embed this',
} as const;

export type Part = keyof typeof PARTS;

/** Those that show results, in their order. */
export const RESULTS = [
  'data',
  'training',
  'models',
  'inference',
  'sweep',
  'closer',
  'rule',
  'hidden',
  'notes',
] as const;
export type ResultPart = (typeof RESULTS)[number];

/** A run can be started and what it cannot do is said, whatever the view: these are only hidden by name. */
const ALWAYS: readonly Part[] = ['run', 'environment'];

/** Names separated by spaces or commas. */
export function words(text: string | null): string[] {
  return (text ?? '').split(/[\s,]+/).filter(Boolean);
}

/** view: these parts and no others; hide: not these. Both empty: all. */
export function partsOf(view: string | null, hide: string | null): Set<Part> {
  const shown = named('view', view);
  const hidden = named('hide', hide);
  const wanted = shown.length === 0 ? (Object.keys(PARTS) as Part[]) : [...ALWAYS, ...shown];
  return new Set(wanted.filter((part) => !hidden.includes(part)));
}

function named(attribute: string, text: string | null): Part[] {
  return words(text).map((word) => {
    if (Object.hasOwn(PARTS, word)) return word as Part;
    const all = Object.keys(PARTS).join(', ');
    throw invalid(attribute, word, `names of ${all}`);
  });
}
