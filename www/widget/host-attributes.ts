/**
 * The element's attributes, made from the table of settings. Each setting goes by its path, as in a link
 * (`data.n_samples="5000"`), or by the same in kebab case (`data-n-samples="5000"`); lists are separated by spaces or
 * commas. A few short names stand beside them.
 */
import { BreakevenError } from '../api/error.js';
import type { Experiment } from '../api/types.js';
import { quoted, word } from '../experiment/check.js';
import { withSpecs } from '../experiment/classifiers.js';
import { PROPERTIES, pathOf, propertyAt } from '../experiment/properties.js';
import { fromPairs, OF_TABLES, type Settings, toPairs } from '../experiment/url.js';
import { type Part, partsOf, words } from './part-names.js';

export const AUTOSTARTS = ['engine', 'visible', 'load'] as const;
export type Autostart = (typeof AUTOSTARTS)[number] | 'never';

/** What the attributes say. */
export interface Given {
  settings: Settings;
  parts: Set<Part>;
  autostart: Autostart;
}

/** Short names, and the setting that each stands for. */
export const SHORT: Record<string, string> = {
  threads: 'n_threads',
  dataset: 'data.dataset',
  preset: 'sweep.preset',
  src: 'data.src',
  target: 'data.target',
};

/** Names of before, which are still read. */
const EARLIER = { models: 'classifiers' };

const kebab = (path: string) => path.replaceAll(/[._]/g, '-');

/** Attribute (in lower case, as HTML has them) → the setting's path. */
const PATHS = new Map<string, string>([
  ...[...PROPERTIES.map(pathOf), 'data.weights', ...OF_TABLES, 'classifiers', 'tier'].flatMap(
    (path): [string, string][] => [
      [path, path],
      [kebab(path), path],
    ],
  ),
  ...Object.entries(SHORT),
  ...Object.entries(EARLIER),
]);

/** Every attribute that says something here, as a set of names. */
export function isAttribute(name: string): boolean {
  return PATHS.has(name) || ['experiment', 'view', 'hide', 'autostart'].includes(name) || isPath(name);
}

/** A name with a dot can only be meant for a setting. */
function isPath(name: string): boolean {
  return name.includes('.');
}

/**
 * The attributes of `element`, checked one by one: a setting that is impossible beside the others is the experiment's
 * own matter.
 *
 * Throws BreakevenError 'invalid_param' that names the attribute.
 */
export function read(element: Element): Given {
  const pairs: [string, string][] = [];
  for (const { name, value } of element.attributes) {
    const path = PATHS.get(name);
    if (path) pairs.push([path, listed(path, value)]);
    else if (isPath(name)) throw new BreakevenError('invalid_param', `${quoted(name)} is not a setting.`);
  }
  const { experiment, tier } = fromPairs(pairs);
  return {
    settings: { experiment: merge(withSpecs(jsonOf(element.getAttribute('experiment'))), experiment), tier },
    parts: partsOf(element.getAttribute('view'), element.getAttribute('hide')),
    autostart: autostartOf(element.getAttribute('autostart')),
  };
}

/** In attributes lists may be written with spaces; in links they have commas. */
function listed(path: string, value: string): string {
  const isList = path === 'classifiers' || path === 'data.weights' || propertyAt(path)?.kind.endsWith('s');
  return isList && !value.trim().startsWith('{') ? words(value).join() : value.trim();
}

function autostartOf(value: string | null): Autostart {
  if (value === null) return 'never';
  return value === '' ? 'visible' : word(value, 'autostart', AUTOSTARTS);
}

/** `experiment` as JSON; what is no JSON is left for the experiment's check to refuse. */
function jsonOf(text: string | null): unknown {
  if (text === null || text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Attributes of their own lie over the JSON. */
function merge(base: unknown, over: Experiment): Experiment {
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return base as Experiment;
  const merged = { ...base } as Record<string, unknown>;
  for (const [name, value] of Object.entries(over)) {
    const isSection = name !== 'classifiers' && typeof value === 'object';
    merged[name] = isSection ? { ...(merged[name] as object | undefined), ...value } : value;
  }
  return merged as Experiment;
}

/** The attributes that say the same as `settings`: what differs from the notebook, by the settings' paths. */
export function write(settings: Settings): [string, string][] {
  return toPairs(settings).map(([path, value]) => {
    if (path === 'classifiers' && !value.startsWith('{')) return [path, value.replaceAll(',', ' ')];
    if (path === 'n_threads') return ['threads', value];
    return [path, value];
  });
}
