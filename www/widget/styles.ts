/**
 * The widget's sheet. Fonts, text colour and colour scheme come from the page around it; surfaces are mixed from the
 * text's own colour, so that they suit any page. An author may set --breakeven-accent.
 */
import { css } from 'lit';

const colours = css`
  :host {
    --be-accent: var(--breakeven-accent, light-dark(#b3431b, #f0895f));
    --be-on-accent: light-dark(#fff, #1c120d);
    --be-paper: light-dark(#fff, #1b1a18);
    --be-rule: color-mix(in srgb, currentColor 16%, transparent);
    --be-faint: color-mix(in srgb, currentColor 5%, transparent);
    --be-soft: color-mix(in srgb, currentColor 72%, transparent);
    --be-serial: light-dark(#6b6965, #a9a59d);
    --be-threads: var(--be-accent);
    --be-workers: light-dark(#1f6fae, #6fb2ea);
    --be-async: light-dark(#7553b0, #b79cf0);
    --be-auto: light-dark(#1f7a58, #5cc49a);
    --be-send: light-dark(#b98309, #e2b04a);
    --be-compute: var(--be-accent);
    --be-gather: light-dark(#1f6fae, #6fb2ea);
    --be-wait: light-dark(#c9c5bd, #57544e);
    --be-error: light-dark(#a3122a, #ff8d9a);
  }
`;

const layout = css`
  :host {
    display: block;
    container-type: inline-size;
    font-variant-numeric: lining-nums;
  }
  * {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  section {
    margin-block: 3.5rem 0;
  }
  h2 {
    margin: 0 0 0.75rem;
    font: inherit;
    font-size: 1.5em;
    line-height: 1.2;
    font-weight: 600;
    text-wrap: balance;
  }
  .lead {
    max-width: 42em;
    margin: 0 0 1rem;
    color: var(--be-soft);
  }
  .pair,
  .multiples {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 2rem 2.5rem;
    margin-block: 1.5rem;
  }
  @container (min-width: 760px) {
    .pair,
    .multiples {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .multiples > :only-child {
      grid-column: 1 / -1;
    }
  }
  .verdict {
    margin: 2.5rem 0 0;
    padding-inline-start: 1.25rem;
    border-inline-start: 4px solid var(--be-accent);
    font-size: 1.4em;
    line-height: 1.4;
    max-width: 34em;
    text-wrap: pretty;
    min-height: 4.2em;
  }
  .verdict.pending {
    border-color: var(--be-rule);
    color: var(--be-soft);
  }
  .environment {
    margin: 0 0 1.5rem;
    min-height: 1.6em;
    font-size: 0.875em;
    color: var(--be-soft);
  }
  .environment ul {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1.25rem;
    margin: 0;
    padding: 0;
    list-style: none;
    font-variant-numeric: tabular-nums;
  }
  .environment strong {
    margin-inline-end: 0.25em;
    padding: 0.1em 0.55em;
    border: 1px solid var(--be-accent);
    border-radius: 1em;
    color: var(--be-accent);
    font-weight: 600;
  }
  .reason {
    max-width: 46em;
    margin: 0.5rem 0 0;
  }
  .notes {
    max-width: 46em;
    margin: 0;
    padding-inline-start: 1.2em;
  }
  .notes li + li {
    margin-block-start: 0.4em;
  }
  .downloads {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem;
    margin: 2.5rem 0 0;
  }
`;

const form = css`
  .controls {
    padding: 1.25rem 1.25rem 1.35rem;
    border: 1px solid var(--be-rule);
    border-radius: 10px;
    background: var(--be-faint);
  }
  fieldset {
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr));
    gap: 1rem 1.25rem;
    align-items: start;
  }
  .fields > legend {
    float: inline-start;
    grid-column: 1 / -1;
    width: 100%;
    padding: 0;
    font-weight: 600;
  }
  .field.wide {
    grid-column: span 2;
  }
  .field {
    display: flex;
    flex-direction: column;
    gap: 0.3rem;
    min-width: 0;
  }
  label,
  .checks legend {
    padding: 0;
    font-size: 0.875em;
  }
  small {
    font-size: 0.8em;
    line-height: 1.35;
    color: var(--be-soft);
  }
  small.error {
    color: var(--be-error);
  }
  input[type='number'],
  select {
    width: 100%;
    min-height: 2.5rem;
    padding: 0.35rem 0.6rem;
    border: 1px solid color-mix(in srgb, currentColor 45%, transparent);
    border-radius: 6px;
    background: var(--be-paper);
    color: inherit;
    font: inherit;
    font-variant-numeric: tabular-nums;
  }
  select {
    text-overflow: ellipsis;
  }
  [aria-invalid='true'] {
    border-color: var(--be-error);
    box-shadow: 0 0 0 1px var(--be-error);
  }
  .checks {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 1rem;
    grid-column: span 2;
  }
  .checks legend {
    margin-block-end: 0.3rem;
  }
  .checks label {
    display: inline-flex;
    align-items: center;
    gap: 0.4rem;
    min-height: 2.5rem;
    font-size: 1em;
  }
  input[type='checkbox'] {
    width: 1.1rem;
    height: 1.1rem;
    margin: 0;
    accent-color: var(--be-accent);
  }
  .more {
    margin-block: 1rem 0;
  }
  .more .fields {
    margin-block: 1rem 1.5rem;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem;
    margin-block: 1.25rem 0;
  }
  button {
    min-height: 2.5rem;
    padding: 0.4rem 1rem;
    border: 1px solid color-mix(in srgb, currentColor 45%, transparent);
    border-radius: 6px;
    background: transparent;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  button:hover:not(:disabled) {
    background: var(--be-faint);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.primary {
    border-color: var(--be-accent);
    background: var(--be-accent);
    color: var(--be-on-accent);
    font-weight: 600;
  }
  button.primary:hover:not(:disabled) {
    background: color-mix(in srgb, var(--be-accent) 88%, currentColor);
  }
  button.quiet {
    border-color: transparent;
    color: var(--be-soft);
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }
  button.small {
    min-height: 1.9rem;
    padding: 0.1rem 0.6rem;
    font-size: 0.95em;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  summary {
    width: fit-content;
    padding-block: 0.35rem;
    cursor: pointer;
  }
  :focus-visible {
    outline: 2px solid var(--be-accent);
    outline-offset: 2px;
  }
  .progress {
    min-height: 3.6rem;
    margin-block: 1rem 0;
  }
  .progress p {
    margin: 0.35rem 0 0;
  }
  .progress .detail {
    margin: 0;
    font-size: 0.875em;
    color: var(--be-soft);
    font-variant-numeric: tabular-nums;
  }
  progress {
    display: block;
    width: 100%;
    height: 6px;
    border: 0;
    border-radius: 3px;
    overflow: hidden;
    background: var(--be-rule);
    appearance: none;
  }
  progress::-webkit-progress-bar {
    background: var(--be-rule);
  }
  progress::-webkit-progress-value {
    background: var(--be-accent);
    transition: inline-size 0.2s linear;
  }
  progress::-moz-progress-bar {
    background: var(--be-accent);
  }
  .failure {
    max-width: 46em;
    padding: 0.8rem 1rem;
    border: 1px solid var(--be-error);
    border-radius: 6px;
  }
  .failure strong,
  .failure code {
    color: var(--be-error);
  }
  code {
    font-size: 0.9em;
  }
`;

const tables = css`
  .scroll {
    overflow-x: auto;
    margin-block: 1rem;
    overscroll-behavior-x: contain;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 0.925em;
    font-variant-numeric: tabular-nums lining-nums;
  }
  caption {
    padding-block-end: 0.5rem;
    text-align: start;
    font-size: 0.95em;
    color: var(--be-soft);
  }
  th,
  td {
    padding: 0.5rem 1rem 0.5rem 0;
    border-block-end: 1px solid var(--be-rule);
    text-align: start;
    vertical-align: baseline;
    font-weight: 400;
  }
  tbody th {
    font-weight: 600;
    white-space: nowrap;
  }
  thead th {
    border-block-end-color: color-mix(in srgb, currentColor 50%, transparent);
    font-size: 0.9em;
    color: var(--be-soft);
    white-space: nowrap;
  }
  th:last-child,
  td:last-child {
    padding-inline-end: 0;
  }
  .number {
    text-align: end;
  }
  .number + :not(.number) {
    padding-inline-start: 1rem;
  }
  td {
    white-space: nowrap;
  }
  td:not(.number):last-child {
    min-width: 26em;
    white-space: normal;
  }
  abbr {
    text-decoration: none;
  }
`;

const charts = css`
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

export const styles = [colours, layout, form, tables, charts];
