/** What every chart does to the SVG that Observable Plot makes. */
import * as Plot from '@observablehq/plot';

/** Fewer pixels than this and Plot's margins would leave no room to draw in. */
const LEAST_WIDTH = 240;

/**
 * Draws, names the picture for those who do not see it, and takes out Plot's <style> element, which a strict
 * `style-src` refuses: widget/styles/charts holds the same rules for the class `breakeven-chart`.
 */
export function draw(width: number, name: string, description: string, options: Plot.PlotOptions): SVGSVGElement {
  const svg = Plot.plot({
    className: 'breakeven-chart',
    figure: false,
    ...options,
    width: Math.max(LEAST_WIDTH, Math.round(width)),
  } as Plot.PlotOptions) as unknown as SVGSVGElement;
  for (const style of svg.querySelectorAll('style')) style.remove();
  // Plot names its groups, but a group without a role may have no name: the picture has one.
  for (const group of svg.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label');
  svg.removeAttribute('font-family');
  svg.setAttribute('font-size', '12');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', name);
  const desc = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'desc');
  desc.textContent = description;
  svg.prepend(desc);
  return svg;
}
