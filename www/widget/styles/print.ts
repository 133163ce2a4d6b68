/** On paper: what was found, without what is there to be clicked. */
import { css } from 'lit';

export const print = css`
  @media print {
    .controls,
    form,
    .actions,
    .save,
    .behind details:not([open]),
    .share,
    .embed,
    .progress,
    .axes,
    .choice,
    .soon,
    .verdict-place button,
    .invitation button {
      display: none !important;
    }
    figure,
    .hidden-list > div,
    tr {
      break-inside: avoid;
    }
    h2,
    figcaption {
      break-after: avoid;
    }
    .scroll,
    .behind .scroll,
    pre {
      max-height: none;
      overflow: visible;
      white-space: pre-wrap;
    }
  }
`;
