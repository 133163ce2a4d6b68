/** The code that puts the experiment into somebody's page: as a tag, or as a frame. */
import { hashOf, type Settings, toAddress } from '../../experiment/url.js';
import { write } from '../host-attributes.js';

/** What the author chose beside the settings. */
export interface Looks {
  view: string;
  hide: string;
  autostart: string;
}

/** Before the frame's helper has told its height; about that of the form. */
const FRAME_HEIGHT = 640;

/** `site` is the address of the folder of breakeven-lab.js. */
export function tagSnippet(site: string, settings: Settings, looks: Looks): string {
  const pairs = [...write(settings), ...chosen(looks)];
  const attributes = pairs.map(([name, value]) => `\n  ${name}="${attribute(value)}"`).join('');
  return [
    `<script type="module" src="${attribute(new URL('breakeven-lab.js', site).href)}"></script>`,
    `<breakeven-lab${attributes}>`,
    '  <!-- Shown until the experiment starts, and where it cannot: -->',
    `  <p><a href="${attribute(pageUrl(site, settings))}">From which batch size does parallel prediction pay?</a></p>`,
    '</breakeven-lab>',
    '',
  ].join('\n');
}

export function frameSnippet(site: string, settings: Settings, looks: Looks): string {
  const url = new URL('embed.html', site);
  for (const [name, value] of chosen(looks)) url.searchParams.set(name, value);
  url.hash = hashOf(settings);
  return [
    '<iframe',
    `  src="${attribute(url.href)}"`,
    '  title="Breakeven: from which batch size does parallel prediction pay?"',
    `  width="100%" height="${FRAME_HEIGHT}" loading="lazy" allow="cross-origin-isolated; clipboard-write"`,
    '></iframe>',
    `<script type="module" src="${attribute(new URL('breakeven-embed.js', site).href)}"></script>`,
    '',
  ].join('\n');
}

function pageUrl(site: string, settings: Settings): string {
  const url = new URL('index.html', site);
  url.hash = toAddress(settings);
  return url.href;
}

function chosen(looks: Looks): [string, string][] {
  return Object.entries(looks).filter(([, value]) => value !== '');
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
