/** The dialog that writes the code to embed. */
import { css } from 'lit';

export const dialog = css`
  .embed {
    margin: 0.25rem 0 0 -1rem;
  }
  dialog {
    width: min(46rem, calc(100vw - 2rem));
    max-height: calc(100vh - 2rem);
    padding: 1.5rem;
    border: 1px solid var(--be-rule);
    border-radius: 10px;
    background: var(--be-paper);
    color: light-dark(#22201c, #e9e5dc);
    overflow: auto;
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }
  dialog .fields {
    margin-block: 0.75rem;
    align-items: end;
  }
  dialog .check {
    display: inline-flex;
    align-items: center;
    gap: 0.4rem;
    grid-column: span 2;
    min-height: 2.5rem;
    font-size: 1em;
  }
  dialog .hint {
    margin: 0.5rem 0;
    font-size: 0.875em;
    color: var(--be-soft);
  }
  textarea {
    display: block;
    width: 100%;
    padding: 0.75rem;
    border: 1px solid color-mix(in srgb, currentColor 45%, transparent);
    border-radius: 6px;
    background: var(--be-faint);
    color: inherit;
    font: 0.85em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
    white-space: pre;
    overflow: auto;
    resize: vertical;
  }
  dialog [role='status'] {
    align-self: center;
    font-size: 0.875em;
  }
  input[type='radio'] {
    width: 1.1rem;
    height: 1.1rem;
    margin: 0;
    accent-color: var(--be-accent);
  }
`;
