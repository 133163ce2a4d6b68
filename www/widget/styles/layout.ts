/** How the parts lie: one column, two where there is room. */
import { css } from 'lit';

export const layout = css`
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
