/** The guide: its examples made live, its tables made from those that the widget itself is made from. */
import '../widget/breakeven-lab.js';
import { PROPERTIES, type Property, pathOf } from '../experiment/properties.js';
import { TIERS } from '../experiment/url.js';
import { AUTOSTARTS, SHORT } from '../widget/attributes.js';
import { PARTS } from '../widget/parts.js';

/** What is shown as code is what runs, below it. */
for (const code of document.querySelectorAll<HTMLElement>('code[data-live]')) {
  const place = document.createElement('div');
  place.className = 'live';
  const parsed = new DOMParser().parseFromString(code.textContent ?? '', 'text/html');
  const lab = parsed.querySelector('breakeven-lab');
  if (lab) place.append(document.importNode(lab, true));
  code.closest('pre')?.after(place);
}

// What scrolls can be scrolled by keyboard.
for (const place of document.querySelectorAll<HTMLElement>('.scroll')) place.tabIndex = 0;
for (const place of document.querySelectorAll('[data-origin]')) place.textContent = location.origin;

fill('#parts', ['name', 'what it is'], Object.entries(PARTS));
fill(
  '#attributes',
  ['attribute', 'takes', 'without it', 'what it is'],
  [
    ...PROPERTIES.map((property) => [nameOf(property), takes(property), fallback(property), property.label]),
    ['data.weights', 'shares, one a class', '', 'Shares of the classes'],
    [shortFor('classifiers'), 'NB, LR, SVC, RF', 'NB LR SVC RF', 'The notebook’s classifiers to train and to sweep'],
    ['experiment', 'JSON', '{}', 'The whole experiment'],
    ['tier', TIERS.join(', '), 'auto', 'Which tier to run on'],
    ['view', 'names of parts', 'all', 'Show these parts only'],
    ['hide', 'names of parts', 'none', 'Leave these parts out'],
    ['autostart', AUTOSTARTS.join(', '), '', 'When to start'],
  ],
);

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

function fallback({ fallback }: Property): string {
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
    row.append(cell('th', name, 'row', true), ...rest.map((words) => cell('td', words)));
  }
}

function cell(tag: 'th' | 'td', words: string, scope = '', isCode = false): HTMLElement {
  const made = document.createElement(tag);
  if (scope) made.setAttribute('scope', scope);
  if (isCode) made.append(Object.assign(document.createElement('code'), { textContent: words }));
  else made.textContent = words;
  return made;
}
