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
  a {
    color: inherit;
    text-underline-offset: 0.15em;
  }
  section {
    margin-block: 3.5rem 0;
  }
  .bare > :first-child {
    margin-block-start: 0;
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
  .answer {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 1rem 2.5rem;
    margin-block: 0.25rem 1.5rem;
  }
  .answer .choice {
    margin-block: 0 0.25rem;
  }
  .lines.pending {
    padding-block: 4.1rem 1.9rem;
  }
  @container (max-width: 620px) {
    .lines.pending {
      padding-block-start: 5.5rem;
    }
    .environment ul {
      min-height: 6.5em;
      align-content: start;
    }
  }
  .answer figcaption {
    margin-block-end: 0.25rem;
    line-height: 1.3;
  }
  @container (max-width: 620px) {
    .answer legend {
      display: none;
    }
    .answer figcaption {
      min-height: 2.6em;
    }
    .answer .choice {
      gap: 0;
    }
  }
  .verdict-place {
    min-height: 24rem;
  }
  .verdict {
    max-width: 34em;
    margin: 0;
    padding-inline-start: 1.25rem;
    border-inline-start: 4px solid var(--be-accent);
    font-size: 1.25em;
    line-height: 1.45;
    text-wrap: pretty;
  }
  .soon {
    min-height: 1.5em;
    margin: 0.75rem 0;
    font-size: 0.875em;
    color: var(--be-soft);
  }
  @container (min-width: 760px) {
    .answer.both {
      grid-template-columns: minmax(0, 1.8fr) minmax(0, 1fr);
    }
    .answer.both .verdict-place {
      padding-block-start: 2.75rem;
    }
    .answer.both .verdict {
      font-size: 1.15em;
    }
    .verdict-place {
      min-height: 13rem;
    }
  }
  .tag {
    margin-inline-start: 0.35em;
    font-size: 0.8125rem;
    font-weight: 400;
    white-space: nowrap;
    color: var(--be-soft);
  }
  .tag::before {
    content: '· ';
  }
  .hidden-list b {
    display: block;
    font-size: 0.8125rem;
    text-transform: capitalize;
  }
  .source,
  .faint-words {
    display: block;
    margin-block-start: 0.2em;
    font-size: 0.8125rem;
    font-weight: 400;
    line-height: 1.4;
    color: var(--be-soft);
  }
  .faint-words {
    margin: -0.5rem 0 1.5rem;
  }
  .faint-words::before {
    display: inline-block;
    width: 1.75em;
    margin-inline-end: 0.5em;
    border-block-start: 2px dashed var(--be-soft);
    vertical-align: 0.3em;
    content: '';
  }
  .sizes {
    margin: 0 0 1rem;
    font-variant-numeric: tabular-nums;
  }
  .axes {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.75rem;
    align-items: center;
    margin-block-end: 1rem;
  }
  .axes select {
    width: auto;
  }
  .choices {
    display: contents;
  }
  .choice {
    display: flex;
    flex-wrap: wrap;
    gap: 0.25rem 0.5rem;
    align-items: center;
    margin-block: 2rem 1rem;
  }
  .choice legend {
    float: inline-start;
    padding: 0;
    margin-inline-end: 0.5rem;
    font-size: 0.875em;
    color: var(--be-soft);
  }
  .choice label {
    position: relative;
    font-size: 1em;
  }
  .choice input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .choice span {
    display: block;
    padding: 0.3rem 0.75rem;
    border-block-end: 2px solid transparent;
  }
  .choice input:checked + span {
    border-color: var(--be-accent);
    font-weight: 600;
  }
  .choice input:hover + span {
    background: var(--be-faint);
  }
  .choice input:focus-visible + span {
    outline: 2px solid var(--be-accent);
    outline-offset: 1px;
  }
  .invitation {
    padding-block: 0.25rem 1rem;
  }
  .scroll + h3 {
    margin-block-start: 2.5rem;
  }
  h3 {
    margin: 0 0 0.35rem;
    font-size: 1em;
    font-weight: 600;
  }
  .invitation p {
    max-width: 32em;
    margin: 0 0 0.75rem;
    color: var(--be-soft);
  }
  .invitation progress {
    margin-block-start: 0.75rem;
  }
  .so {
    max-width: 40em;
    margin: 0 0 1rem;
    font-size: 1.15em;
  }
  .hidden-list,
  .facts {
    margin: 1rem 0 0;
  }
  .hidden-list > div {
    display: grid;
    gap: 0.35rem 2.5rem;
    padding-block: 1rem;
    border-block-start: 1px solid var(--be-rule);
  }
  .hidden-list dt {
    font-weight: 600;
    text-wrap: pretty;
  }
  .hidden-list dd {
    margin: 0;
    text-wrap: pretty;
  }
  .hidden-list .here {
    font-variant-numeric: tabular-nums;
  }
  .hidden-list b {
    color: var(--be-accent);
    font-weight: 600;
  }
  @container (min-width: 760px) {
    .hidden-list > div {
      grid-template-columns: 1fr 1.35fr 1.1fr;
    }
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 1rem 2.25rem;
    margin-block-end: 1.25rem;
  }
  .facts dt {
    font-size: 0.8125rem;
    color: var(--be-soft);
  }
  .facts dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .share {
    margin-block-start: 0;
  }
  .share .downloads {
    margin-block: 1.25rem 0;
  }
  .share .downloads + .downloads {
    margin-block-start: 0;
  }
  .share .downloads {
    gap: 0 1.5rem;
  }
  .share label:not(.button) {
    align-self: center;
  }
  .share .quiet {
    padding-inline: 0;
  }
  .link {
    max-width: 46em;
    margin: 0.75rem 0 0;
  }
  .said {
    min-height: 1.5em;
    margin: 0.5rem 0 0;
    font-size: 0.875em;
  }
  .environment {
    margin: 0 0 0.5rem;
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
