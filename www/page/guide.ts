/** The guide: its examples made live, its tables made from those that the widget itself is made from. */
import '../widget/element/breakeven-lab.js';
import { PROPERTIES, type Property, pathOf } from '../experiment/properties.js';
import { TIERS } from '../experiment/url.js';
import { AUTOSTARTS, SHORT } from '../widget/host-attributes.js';
import { PARTS } from '../widget/part-names.js';

/** What an example is tried with, so that it takes a moment; its own attributes lie over these. */
const QUICK: Record<string, string> = {
  classifiers: 'NB',
  'sweep.batch_sizes': '10 100 1000',
  'sweep.budget_ms': '100',
};

/** A table that comes with this site: Palmer Archipelago penguins, CC0 (Horst, Hill & Gorman 2020). */
const PENGUINS = './data/penguins.csv';

/** Values that differ from the defaults, where there is more than one other. */
const EXAMPLES: Record<string, string> = {
  'data.n_samples': '2000',
  'data.n_features': '20',
  'data.n_informative': '5',
  'data.n_redundant': '0',
  'data.n_repeated': '2',
  'data.n_classes': '3',
  'data.n_clusters_per_class': '1',
  'data.flip_y': '0.2',
  'data.class_sep': '2',
  'data.shift': '5',
  'data.scale': '10',
  'data.random_state': '7',
  'data.weights': '0.9 0.1',
  'data.dataset': 'breast_cancer',
  'data.src': PENGUINS,
  'data.target': 'island',
  'data.features': '["bill_length_mm", "bill_depth_mm"]',
  'data.drop_missing': 'true',
  'data.preprocess': '{"impute": "median", "scale": false}',
  'data.read': '{"header": true}',
  'split.test_size': '0.5',
  'split.random_state': '1',
  'inference.n_samples': '5000',
  'inference.random_state': '3',
  'sweep.models': 'NB LR',
  'sweep.strategies': 'serial threads auto',
  'sweep.batch_sizes': '1 16 256 4096',
  'sweep.budget_ms': '500',
  n_threads: '2',
  classifiers: 'NB LR',
  experiment: '{"data":{"n_samples":500},"split":{"stratify":true}}',
  tier: 'workers',
  view: 'verdict sweep',
  hide: 'settings notes',
  autostart: 'visible',
};

/** Attributes without which an example would be impossible, or say nothing. */
const BESIDE: Record<string, string> = {
  'data.n_classes': 'data.n_clusters_per_class="1"',
  ...Object.fromEntries(
    ['target', 'features', 'drop_missing', 'preprocess', 'read'].map((name) => [`data.${name}`, `src="${PENGUINS}"`]),
  ),
  'data.standardise': 'dataset="iris"',
  'sweep.models': 'classifiers="NB LR SVC"',
};

let inert: ReturnType<Factory['createPolicy']> | undefined;

const tag = document.querySelector<HTMLTextAreaElement>('#tag');
const tried = document.querySelector('#try')?.appendChild(document.createElement('div'));
tried?.classList.add('live');

/** What is shown as code is what runs, below it. */
for (const code of document.querySelectorAll<HTMLElement>('code[data-live]')) {
  const place = document.createElement('div');
  place.className = 'live';
  const page = parsed(code.textContent ?? '');
  const lab = page.querySelector('breakeven-lab');
  if (lab) place.append(document.importNode(lab, true));
  code.closest('pre')?.after(place);
}

// What scrolls can be scrolled by keyboard.
for (const place of document.querySelectorAll<HTMLElement>('.scroll')) place.tabIndex = 0;
for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;

fill(
  '#parts',
  ['name', 'what it is', 'example'],
  Object.entries(PARTS).map(([part, what]) => [part, what, `view="${part}"`]),
);
fill(
  '#attributes',
  ['attribute', 'takes', 'without it', 'what it is', 'example'],
  [
    ...PROPERTIES.map((property) => [nameOf(property), takes(property), fallback(property), property.label]),
    ['data.weights', 'shares, one a class', '', 'Shares of the classes'],
    ['data.src', 'an address on this site', '', 'A table of your own, in place of generated data'],
    ['data.target', 'a column’s name, or number from 0', 'found out', 'The table’s column of classes'],
    ['data.features', 'JSON list of names or numbers', 'all others', 'The table’s columns to learn from'],
    ['data.drop_missing', 'true, false, target', 'target', 'Which rows with gaps are left out'],
    ['data.preprocess', 'JSON, or null', '{}', 'How the table’s columns are prepared'],
    ['data.read', 'JSON', '{}', 'How the table is written, where that is not found out'],
    ['classifiers', 'NB, LR, SVC, RF', 'NB LR SVC RF', 'The notebook’s classifiers to train and to sweep'],
    ['experiment', 'JSON', '{}', 'The whole experiment'],
    ['tier', TIERS.join(', '), 'auto', 'Which tier to run on'],
    ['view', 'names of parts', 'all', 'Show these parts only'],
    ['hide', 'names of parts', 'none', 'Leave these parts out'],
    ['autostart', AUTOSTARTS.join(', '), '', 'When to start'],
  ].map((row) => [...row, exampleOf(row[0] ?? '')]),
);
show(parse('<breakeven-lab></breakeven-lab>'));
tag?.addEventListener('input', () => show(parse(tag.value), tag.value));

/** An attribute with another value than it has without it, as HTML. */
function exampleOf(name: string): string {
  const [path = ''] = name.split(' or ');
  const property = PROPERTIES.find((property) => pathOf(property) === path);
  const other = () => {
    if (property?.kind === 'boolean') return String(!property.fallback);
    if (property?.kind === 'choice') return property.choices.find((choice) => choice !== property.fallback) ?? '';
    return '';
  };
  const value = EXAMPLES[path] ?? other();
  const quote = value.includes('"') ? "'" : '"';
  const example = `${shortFor(path)}=${quote}${value}${quote}`;
  return BESIDE[path] ? `${example} ${BESIDE[path]}` : example;
}

/** Where the browser wants to know who parses text. */
interface Factory {
  createPolicy(name: string, rules: { createHTML(html: string): string }): { createHTML(html: string): string };
}

/** An inert document: nothing in it runs or is fetched. */
function parsed(html: string): Document {
  inert ??= (globalThis as { trustedTypes?: Factory }).trustedTypes?.createPolicy('breakeven-guide', {
    createHTML: (text) => text,
  });
  return new DOMParser().parseFromString(inert ? inert.createHTML(html) : html, 'text/html');
}

/** The first of our elements in `html`, without what is in it; null where there is none. */
function parse(html: string): Element | null {
  const found = parsed(html).querySelector('breakeven-lab');
  return found && document.importNode(found, false);
}

/** Makes the element live; writes its code into the field unless it came from there. */
function show(lab: Element | null, written?: string): void {
  const problem = document.querySelector('#tag-problem');
  if (problem) problem.textContent = lab ? '' : 'There is no <breakeven-lab> in it.';
  if (!lab || !tag) return;
  if (written === undefined) {
    for (const [name, value] of Object.entries(QUICK)) if (!lab.hasAttribute(name)) lab.setAttribute(name, value);
    const quote = (value: string) => (value.includes('"') ? `'${value}'` : `"${value}"`);
    const attributes = Array.from(lab.attributes, ({ name, value }) => `${name}=${quote(value)}`);
    tag.value = `<breakeven-lab ${attributes.join('\n  ')}></breakeven-lab>`;
  }
  tried?.replaceChildren(lab);
}

/** An example in a table: shown live where examples are tried. */
function exampleButton(attributes: string): HTMLButtonElement {
  const button = document.createElement('button');
  button.append(Object.assign(document.createElement('code'), { textContent: attributes }));
  button.addEventListener('click', () => {
    show(parse(`<breakeven-lab ${attributes}></breakeven-lab>`));
    tag?.focus();
    document.querySelector('#try')?.scrollIntoView();
  });
  return button;
}

function shortFor(path: string): string {
  return Object.entries(SHORT).find(([, whole]) => whole === path)?.[0] ?? path;
}

function nameOf(property: Property): string {
  const path = pathOf(property);
  const short = shortFor(path);
  return short === path ? path : `${path} or ${short}`;
}

function takes(property: Property): string {
  switch (property.kind) {
    case 'boolean':
      return 'true, false';
    case 'choice':
      return property.choices.join(', ');
    case 'words':
      return property.choices ? `some of ${property.choices.join(', ')}` : 'names of classifiers';
    default:
      return `${property.kind === 'integers' ? 'numbers ' : ''}from ${property.min} to ${property.max}`;
  }
}

function fallback({ name, fallback }: Property): string {
  // What stands where a data set is asked for holds only there.
  if (name === 'dataset') return 'make_classification';
  if (fallback === null) return '';
  return Array.isArray(fallback) ? fallback.join(' ') : String(fallback);
}

function fill(table: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const place = document.querySelector<HTMLTableElement>(table);
  if (!place) return;
  const top = place.createTHead().insertRow();
  for (const words of head) top.append(cell('th', words, 'col'));
  const body = place.createTBody();
  for (const [name = '', ...rest] of rows) {
    const row = body.insertRow();
    const example = document.createElement('td');
    example.append(exampleButton(rest.pop() ?? ''));
    row.append(cell('th', name, 'row', true), ...rest.map((words) => cell('td', words)), example);
  }
}

function cell(tag: 'th' | 'td', words: string, scope = '', isCode = false): HTMLElement {
  const made = document.createElement(tag);
  if (scope) made.setAttribute('scope', scope);
  if (isCode) made.append(Object.assign(document.createElement('code'), { textContent: words }));
  else made.textContent = words;
  return made;
}
