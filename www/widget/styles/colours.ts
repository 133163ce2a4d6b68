/** Colours, mixed from the page's own where that is possible. */
import { css } from 'lit';

export const colours = css`
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
