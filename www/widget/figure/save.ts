/** A chart as a file that stands alone: its colours resolved, its title above, its paper behind. */
import { download } from './download.js';

export interface About {
  title: string;
  source: string;
}

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = 16;
const LINE = 19;
/** Characters that fit on a line of the title, by the width of an average one. */
const CHARACTER = 7.4;
/** Pixels of a PNG to each of the chart's. */
const SCALE = 2;

/** Presentation that the page's style sheet may decide. */
const STYLES = ['fill', 'stroke', 'opacity', 'fill-opacity', 'stroke-opacity', 'font-weight', 'font-size'] as const;

export function saveSvg(svg: SVGSVGElement | null, id: string, about: About): void {
  if (svg) download(`${id}.svg`, 'image/svg+xml', new XMLSerializer().serializeToString(standalone(svg, about)));
}

/** Where a page's policy has no `img-src blob:` there is no drawing it: the SVG is saved instead. */
export async function savePng(svg: SVGSVGElement | null, id: string, about: About): Promise<void> {
  if (!svg) return;
  const alone = standalone(svg, about);
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(alone)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = SCALE * Number(alone.getAttribute('width'));
    canvas.height = SCALE * Number(alone.getAttribute('height'));
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (blob) download(`${id}.png`, 'image/png', new Uint8Array(await blob.arrayBuffer()));
  } catch {
    saveSvg(svg, id, about);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A copy that needs no page around it. */
export function standalone(svg: SVGSVGElement, { title, source }: About): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [from, to] = [svg, copy].map((root) => [root, ...root.querySelectorAll('*')]) as [Element[], Element[]];
  for (const [i, element] of from.entries()) resolve(element, to[i] as Element);
  for (const tip of copy.querySelectorAll('[data-plot-tip], .plot-tip')) tip.remove();
  const style = getComputedStyle(svg);
  const paper = colour(style.getPropertyValue('--be-paper').trim() || 'white', svg);
  const [width, height] = [Number(svg.getAttribute('width')), Number(svg.getAttribute('height'))];
  const lines = broken(title, Math.floor(width / CHARACTER));
  const top = MARGIN + LINE * lines.length + 6;
  const bottom = source ? LINE + MARGIN : MARGIN;
  const [outer_width, outer_height] = [width + 2 * MARGIN, top + height + bottom];
  const whole = document.createElementNS(SVG, 'svg');
  const ink = colour(style.color, svg);
  attributes(whole, {
    ...{ xmlns: SVG, width: outer_width, height: outer_height, viewBox: `0 0 ${outer_width} ${outer_height}` },
    ...{ 'font-family': style.fontFamily, 'font-size': '12', fill: ink.rgb, role: 'img', 'aria-label': title },
  });
  const ground = document.createElementNS(SVG, 'rect');
  attributes(ground, { width: outer_width, height: outer_height, fill: paper.rgb });
  whole.append(ground);
  const write = (words: string, y: number, more: Record<string, string>) => {
    const line = document.createElementNS(SVG, 'text');
    attributes(line, { x: MARGIN, y, fill: ink.rgb, ...more });
    line.textContent = words;
    whole.append(line);
  };
  for (const [i, line] of lines.entries())
    write(line, MARGIN + LINE * i + 10, { 'font-size': '15', 'font-weight': '600' });
  if (source) write(source, top + height + LINE - 2, { 'fill-opacity': '0.7' });
  attributes(copy, { x: MARGIN, y: top, 'font-family': style.fontFamily });
  for (const name of ['role', 'aria-label', 'class']) copy.removeAttribute(name);
  whole.append(copy);
  return whole;
}

function attributes(element: Element, values: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}

/** Writes down what the page's sheet and its variables make of an element. */
function resolve(element: Element, copy: Element): void {
  const style = getComputedStyle(element);
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value === '') continue;
    if (name !== 'fill' && name !== 'stroke') {
      // Inherited ones come from the parent.
      if (copy.hasAttribute(name)) copy.setAttribute(name, value);
      continue;
    }
    const set = copy.getAttribute(name);
    if (set === null || set === 'none') continue;
    const { rgb, alpha } = colour(value, element);
    copy.setAttribute(name, rgb);
    if (alpha < 1)
      copy.setAttribute(`${name}-opacity`, String(alpha * Number(copy.getAttribute(`${name}-opacity`) ?? 1)));
  }
  copy.removeAttribute('style');
}

/** Any CSS colour as rgb() and an alpha of its own: drawing programs know no others. */
function colour(value: string, of: Element): { rgb: string; alpha: number } {
  if (value === 'none' || value.startsWith('url')) return { rgb: value, alpha: 1 };
  const probe = document.createElementNS(SVG, 'rect');
  // Through the element, so that light-dark() and variables mean what they mean there.
  of.append(probe);
  probe.style.fill = value;
  const computed = getComputedStyle(probe).fill || value;
  probe.remove();
  const parts = computed.match(/-?[\d.]+(?:e-?\d+)?%?/g)?.map(Number) ?? [];
  const [r = 0, g = 0, b = 0, alpha = 1] = computed.startsWith('color(srgb')
    ? parts.map((part, i) => (i < 3 ? Math.round(255 * part) : part))
    : parts;
  return { rgb: `rgb(${r}, ${g}, ${b})`, alpha };
}

/** Words on lines of about so many characters. */
export function broken(words: string, characters: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= characters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
