/** The experiment in a URL's hash, defaults left out: "#data.n_samples=5000&split.random_state=7&tier=workers". */
import { object, text } from '../api/arguments.js';
import { BreakevenError } from '../api/error.js';
import type { Experiment, GridSearchSpec, Tier } from '../api/types.js';
import { inOrder, invalid, quoted, readOnce, word } from './check.js';
import { named, notebookClassifiers, specsOf } from './classifiers.js';
import { complete } from './config.js';
import { DATASET, GENERATOR, OTHERS, type Property, pathOf, propertyAt } from './properties.js';
import { isTable } from './table-settings.js';

export type TierChoice = Tier | 'auto';
export const TIERS: readonly TierChoice[] = ['auto', 'threads', 'workers', 'serial'];

/** Settings of a table that an address can hold, where the table itself has one: words as they are, all else as JSON. */
export const OF_TABLES = [
  'data.src',
  'data.target',
  'data.features',
  'data.drop_missing',
  'data.preprocess',
  'data.read',
];

/** What a visitor sets: the experiment, with only what differs from the notebook, and the tier to run it on. */
export interface Settings {
  experiment: Experiment;
  tier: TierChoice;
}

type Bag = Record<string, unknown>;

/**
 * Settings → hash without "#"; '' for the notebook itself.
 *
 * Throws BreakevenError 'invalid_param' for what `fromHash` would refuse.
 */
export function toHash(settings: Settings): string {
  const { experiment: given, tier = 'auto' } = object('settings', settings);
  const experiment = readOnce(object('settings.experiment', given)) as Experiment;
  complete(experiment);
  return hashOf({ experiment, tier: word(tier, 'tier', TIERS) });
}

/** As `toHash`, of settings that a form may have left impossible. */
export function hashOf(settings: Settings): string {
  return toPairs(settings)
    .map(([key, value]) => `${key}=${encode(value)}`)
    .join('&');
}

/** What differs from the notebook, as pairs of a setting's path and its text. */
export function toPairs({ experiment, tier }: Settings): [string, string][] {
  const pairs: [string, string][] = [];
  for (const property of propertiesOf(experiment)) {
    const value = read(experiment, property);
    if (value !== undefined && !isDefault(property, value)) pairs.push([pathOf(property), write(value)]);
  }
  const { weights } = bagOf(experiment.data);
  if (weights) pairs.push(['data.weights', write(weights)]);
  pairs.push(...tablePairs(experiment.data));
  const classifiers = experiment.classifiers && writeClassifiers(specsOf(experiment.classifiers));
  if (classifiers) pairs.push(['classifiers', classifiers]);
  if (tier !== 'auto') pairs.push(['tier', tier]);
  return pairs;
}

/**
 * Hash, with or without "#" → settings, checked.
 *
 * Throws BreakevenError 'invalid_param' for an unknown key or an impossible value.
 */
export function fromHash(hash: string): Settings {
  const pairs = text('hash', hash).replace(/^#/, '').split('&').filter(Boolean);
  const settings = fromPairs(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [decode(at < 0 ? pair : pair.slice(0, at)), decode(at < 0 ? '' : pair.slice(at + 1))];
    }),
  );
  complete(settings.experiment);
  return settings;
}

const PRESET = 'sweep.preset';

/**
 * Settings → hash of the page's address. The page begins with the quick sweep, so an address says it where the sweep is
 * the thorough one, which goes without saying everywhere else.
 */
export function toAddress(settings: Settings): string {
  const quick = settings.experiment.sweep?.preset === 'quick';
  const pairs = hashOf(settings)
    .split('&')
    .filter((pair) => pair !== '' && !pair.startsWith(`${PRESET}=`));
  return [...pairs, ...(quick ? [] : [`${PRESET}=thorough`])].join('&');
}

/** Hash of the page's address → settings. Throws as `fromHash` does. */
export function fromAddress(hash: string): Settings {
  const settings = fromHash(hash);
  const { sweep = {} } = settings.experiment;
  if (sweep.preset) return settings;
  return { ...settings, experiment: { ...settings.experiment, sweep: { ...sweep, preset: 'quick' } } };
}

/**
 * Pairs of a setting's path and its text → settings. Each text is read by its setting's kind; what the values may be is
 * for `complete` to say.
 *
 * Throws BreakevenError 'invalid_param' for a setting that is unknown or there twice, or a text that cannot be read.
 */
export function fromPairs(pairs: readonly (readonly [string, string])[]): Settings {
  const experiment: Record<string, unknown> = {};
  let tier: TierChoice = 'auto';
  const seen = new Set<string>();
  for (const [given, text] of pairs) {
    // By its earlier name, too.
    const key = given === 'models' ? 'classifiers' : given;
    if (seen.has(key))
      throw new BreakevenError('invalid_param', `${quoted(key)} is set twice: use each setting once.`, key);
    seen.add(key);
    if (key === 'tier') tier = word(text, 'tier', TIERS);
    else if (key === 'classifiers') experiment.classifiers = readClassifiers(text);
    else put(experiment, key, text);
  }
  return { experiment: experiment as Experiment, tier };
}

/** A table that was chosen or pasted has no address. */
function tablePairs(data: unknown): [string, string][] {
  const bag = bagOf(data);
  if (!('src' in bag)) return [];
  return OF_TABLES.map((path): [string, unknown] => [path, bag[path.slice('data.'.length)]])
    .filter(([, value]) => value !== undefined)
    .map(([path, value]) => [
      path,
      typeof value === 'string' && (path === 'data.src' || readPart(value) === value) ? value : JSON.stringify(value),
    ]);
}

/** What is JSON is that, all else a word. */
function readPart(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function propertiesOf(experiment: Experiment): Property[] {
  const data = bagOf(experiment.data);
  // A visitor's own table does not go into an address.
  if ('csv' in data || isTable(data)) return [...OTHERS];
  return [...('dataset' in data ? DATASET : GENERATOR), ...OTHERS];
}

/** A section, whatever an attribute says that it is. */
function bagOf(section: unknown): Bag {
  return typeof section === 'object' && section !== null ? (section as Bag) : {};
}

function read(experiment: Experiment, { section, name }: Property): unknown {
  const bag = bagOf(section === null ? experiment : experiment[section]);
  return Object.hasOwn(bag, name) ? bag[name] : undefined;
}

function isDefault(property: Property, value: unknown): boolean {
  if (property.name === 'dataset') return false;
  return property.fallback !== null && write(value) === write(property.fallback);
}

function put(experiment: Record<string, unknown>, key: string, text: string): void {
  const property = propertyAt(key);
  if (OF_TABLES.includes(key)) {
    const name = key.slice('data.'.length);
    experiment.data = { ...(experiment.data as Bag | undefined), [name]: name === 'src' ? text : readPart(text) };
    return;
  }
  if (!property && key !== 'data.weights')
    throw new BreakevenError('invalid_param', `${quoted(key)} is not a setting.`, key);
  const value = property ? parse(property, text, key) : numbers(text, key);
  if (!property || property.section !== null) {
    const section = property?.section ?? 'data';
    const bag = (experiment[section] ?? {}) as Bag;
    bag[property?.name ?? 'weights'] = value;
    experiment[section] = bag;
  } else experiment[property.name] = value;
}

function parse(property: Property, text: string, path: string): unknown {
  switch (property.kind) {
    case 'integer':
    case 'number':
      return number(text, path);
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    case 'choice':
      return text;
    case 'words':
      return text.split(',');
    case 'integers':
      return numbers(text, path);
  }
}

function number(text: string, path: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw invalid(path, text, 'a number');
  return value;
}

function numbers(text: string, path: string): number[] {
  return text.split(',').map((part) => number(part, path));
}

/** Some of the notebook's classifiers go by name; any other by its JSON. */
function writeClassifiers(classifiers: Record<string, GridSearchSpec>): string {
  const notebook = notebookClassifiers();
  const names = Object.keys(classifiers);
  const same = names.every(
    (name) => Object.hasOwn(notebook, name) && inOrder(classifiers[name]) === inOrder(notebook[name]),
  );
  // JSON has no infinity: it goes by its word, as in an experiment that has been checked.
  if (!same) return JSON.stringify(classifiers, (_, part) => (part === Number.POSITIVE_INFINITY ? 'inf' : part));
  return names.join() === Object.keys(notebook).join() ? '' : names.join();
}

function readClassifiers(text: string): unknown {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      throw invalid('classifiers', text, 'names of the notebook, or JSON');
    }
  }
  return named(text);
}

function write(value: unknown): string {
  if (Array.isArray(value)) return value.map(write).join();
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** encodeURIComponent, but legible: commas, colons and slashes may stand in a hash. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BreakevenError('invalid_param', `The address has a broken escape near '${text.slice(0, 30)}'.`, 'hash');
  }
}
