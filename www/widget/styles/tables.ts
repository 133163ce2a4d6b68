/** Tables: figures of one width, scrolling inside their own box. */
import { css } from 'lit';

export const tables = css`
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
  caption span {
    position: sticky;
    inset-inline-start: 0;
    display: inline-block;
    max-width: 100cqi;
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
    min-width: 30em;
    white-space: normal;
  }
  .told td:not(.number) {
    white-space: normal;
  }
  .told td:not(.number):last-child {
    min-width: 12em;
  }
  @container (max-width: 620px) {
    td:not(.number):last-child {
      min-width: 26em;
    }
    .told,
    .told caption,
    .told tbody {
      display: block;
    }
    .told thead {
      position: absolute;
      clip-path: inset(50%);
    }
    .told tr {
      display: flex;
      flex-wrap: wrap;
      column-gap: 1rem;
      padding-block: 0.5rem;
      border-block-end: 1px solid var(--be-rule);
    }
    .told th,
    .told td:nth-child(n) {
      min-width: 0;
      padding: 0;
      border: 0;
      white-space: normal;
    }
    .told td.number::before {
      content: attr(data-head) ' ';
      color: var(--be-soft);
    }
    .told td:last-child {
      flex-basis: 100%;
    }
    /* A scrollbar that does not hide: the last columns lie beyond the edge. */
    .scroll::-webkit-scrollbar {
      height: 6px;
    }
    .scroll::-webkit-scrollbar-track {
      border-radius: 3px;
      background: var(--be-faint);
    }
    .scroll::-webkit-scrollbar-thumb {
      border-radius: 3px;
      background: var(--be-soft);
    }
  }
  abbr {
    text-decoration: none;
  }
`;
