/** Fields, buttons, progress and the error box. */
import { css } from 'lit';

export const form = css`
  .controls {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 1.5rem;
    align-items: center;
  }
  .controls .actions {
    margin: 0;
  }
  .more {
    flex: 1 1 9rem;
    min-width: 0;
  }
  .more > summary {
    width: auto;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .more[open] {
    order: 1;
    flex-basis: 100%;
    padding: 0.5rem 1.25rem 1.35rem;
    border: 1px solid var(--be-rule);
    border-radius: 10px;
    background: var(--be-faint);
  }
  .brief {
    margin-inline-start: 0.5em;
    font-size: 0.875em;
    color: var(--be-soft);
  }
  @container (max-width: 620px) {
    .brief {
      display: none;
    }
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
    overflow-wrap: anywhere;
  }
  input[type='number'],
  input[type='file'],
  input[type='text'],
  input[type='search'],
  textarea,
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
  .field.drop,
  .look,
  .reading {
    grid-column: 1 / -1;
    min-width: 0;
  }
  .drop {
    padding: 0.75rem 1rem;
    border: 1px dashed color-mix(in srgb, currentColor 35%, transparent);
    border-radius: 8px;
  }
  .drop details > :not(summary) {
    display: block;
    margin-block-end: 0.5rem;
  }
  .look .check {
    grid-column: span 2;
  }
  .look > p {
    margin-block: 0 0.5rem;
  }
  .look .wrong {
    color: var(--be-error);
  }
  .look ul {
    margin-block: 0.25rem;
    padding-inline-start: 1.25rem;
    font-size: 0.9em;
  }
  .look td,
  .look tbody th {
    padding-block: 0.25rem;
    vertical-align: middle;
  }
  .look select {
    min-height: 2rem;
    padding-block: 0.1rem;
  }
  .look td select {
    width: auto;
  }
  .look td:not(.number):last-child {
    min-width: 18em;
  }
  .look .search {
    display: flex;
    flex-wrap: wrap;
    gap: 0.5rem 0.75rem;
    align-items: center;
  }
  .look .check {
    display: flex;
    gap: 0.5rem;
    align-items: center;
    min-height: 2.5rem;
  }
  .panel {
    margin-block: 0 1.5rem;
    padding: 0.75rem 1.25rem 1rem;
    border: 1px solid var(--be-rule);
    border-radius: 10px;
    background: var(--be-faint);
  }
  .panel p {
    max-width: 46em;
    margin-block: 0.5rem;
  }
  .panel .drop > * {
    display: block;
    margin-block-end: 0.35rem;
  }
  .panel .reading {
    margin-block: 0.75rem;
  }
  .panel .reading small {
    margin-inline-end: 0.75rem;
  }
  .when {
    white-space: nowrap;
  }
  .buttons {
    display: inline-flex;
    flex-wrap: nowrap;
    gap: 0.35rem;
  }
  .told .buttons {
    flex-wrap: wrap;
  }
  .bars {
    vertical-align: middle;
    margin-inline-end: 0.5em;
    fill: var(--be-workers);
  }
  textarea {
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
    font-size: 0.8125rem;
  }
  input[type='search'] {
    width: 14rem;
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
  .more .fields {
    margin-block: 1rem 1.5rem;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0.75rem;
    margin-block: 1.25rem 0;
  }
  input[readonly] {
    width: 100%;
    min-height: 2.25rem;
    padding: 0.3rem 0.6rem;
    border: 1px solid var(--be-rule);
    border-radius: 6px;
    background: var(--be-faint);
    color: inherit;
    font: 0.8125rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  }
  .button {
    display: inline-flex;
    align-items: center;
    font-size: inherit;
  }
  .button:hover {
    background: var(--be-faint);
  }
  .button:has(+ :focus-visible) {
    outline: 2px solid var(--be-accent);
    outline-offset: 2px;
  }
  .button,
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
  .quiet {
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
    flex: 1 0 100%;
    min-width: 0;
    min-height: 2.6rem;
    margin-block: 0.25rem 0;
  }
  .controls > [role='alert'] {
    flex: 1 0 100%;
    min-width: 0;
  }
  .controls > [role='alert']:not(:has(.failure)) {
    margin-block-start: -0.5rem;
  }
  .now {
    display: flex;
    gap: 0 0.75rem;
    align-items: baseline;
    height: 1.6em;
    margin-block-start: 0.35rem;
    overflow: hidden;
  }
  .now p {
    margin: 0;
    white-space: nowrap;
  }
  @container (max-width: 620px) {
    .now {
      font-size: 0.9375em;
    }
  }
  .progress .detail {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
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
  }
  progress::-moz-progress-bar {
    background: var(--be-accent);
  }
  .failure {
    max-width: 46em;
    padding: 0.8rem 1rem;
    border: 1px solid var(--be-error);
    border-radius: 6px;
    overflow-wrap: anywhere;
  }
  .failure strong,
  .failure code {
    color: var(--be-error);
  }
  code {
    font-size: 0.9em;
  }
  .unseen,
  input.unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    min-height: 0;
    padding: 0;
    border: 0;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
