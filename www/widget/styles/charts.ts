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
    min-height: 8rem;
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
  .model > details {
    margin-block-start: 0.25rem;
    font-size: 0.95em;
  }
  details > figure {
    margin-block: 1rem;
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
