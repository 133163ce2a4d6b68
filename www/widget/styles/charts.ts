/** Figures, and the rules that Observable Plot would have written into its SVG. */
import { css } from 'lit';

export const charts = css`
  figure {
    margin: 0;
    min-width: 0;
  }
  figcaption {
    margin-block-end: 0.5rem;
    font-weight: 600;
    text-wrap: balance;
  }
  breakeven-chart {
    display: block;
    padding-block-end: 4px;
    overflow: hidden;
  }
  .breakeven-chart {
    display: block;
    height: auto;
    max-width: 100%;
    overflow: visible;
    font-variant-numeric: tabular-nums;
    --plot-background: var(--be-paper);
  }
  .breakeven-chart text,
  .breakeven-chart tspan {
    white-space: pre;
  }
  breakeven-chart.balance {
    min-height: 0;
    padding: 0;
  }
  .behind {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 1rem;
    font-size: 0.8125rem;
  }
  .behind summary,
  .save {
    color: var(--be-soft);
  }
  breakeven-behind {
    min-width: 0;
  }
  breakeven-behind:has([open]) {
    flex-basis: 100%;
  }
  .behind .scroll {
    max-height: 24rem;
    margin-block: 0.5rem 1rem;
    overflow-y: auto;
  }
  .confusions {
    margin-block: 1rem;
    font-size: 0.875rem;
  }
  .save {
    display: flex;
    gap: 0.25rem;
    align-items: baseline;
    margin: 0;
  }
  button.file {
    min-height: 1.75rem;
    padding: 0 0.35rem;
    border: 0;
    font-size: inherit;
    text-decoration: underline;
    text-decoration-color: var(--be-rule);
    text-underline-offset: 0.2em;
  }
  button.file:hover {
    text-decoration-color: currentColor;
  }
  .grids {
    display: grid;
    gap: 2rem 2.5rem;
    margin-block: 2rem;
  }
  .speedup {
    margin-block-start: 2.5rem;
  }
  .code {
    margin-block: 2rem 0;
  }
  pre {
    margin: 0 0 0.75rem;
    padding: 1rem 1.25rem;
    border: 1px solid var(--be-rule);
    border-radius: 6px;
    background: var(--be-faint);
    overflow-x: auto;
    font: 0.8125rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
    tab-size: 4;
  }
  pre code {
    font: inherit;
  }
  .code .actions {
    align-items: center;
    margin: 0;
  }
  .job {
    display: inline-flex;
    gap: 0.5rem;
    align-items: center;
    color: var(--be-soft);
  }
  .job progress {
    width: 4.5rem;
  }
  .legend,
  .costs {
    margin: 0 0 0.5rem;
    padding: 0;
    list-style: none;
    font-size: 0.875em;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1rem;
  }
  .legend li::before {
    display: inline-block;
    width: 0.75em;
    height: 0.75em;
    margin-inline-end: 0.4em;
    border-radius: 2px;
    background: var(--swatch);
    content: '';
  }
  .legend .send {
    --swatch: var(--be-send);
  }
  .legend .compute {
    --swatch: var(--be-compute);
  }
  .legend .gather {
    --swatch: var(--be-gather);
  }
  .legend .wait {
    --swatch: var(--be-wait);
  }
  @media (prefers-reduced-motion: reduce) {
    * {
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
  @media (forced-colors: active) {
    progress {
      appearance: auto;
    }
  }
`;
