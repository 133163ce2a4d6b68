/** What the parts of the results have in common: whose numbers they show, and how they are framed. */
import { html, nothing, type TemplateResult } from 'lit';
import { difference, type Reference, referenceTag, referenceWords } from '../../experiment/reference.js';
import type { ExperimentReport } from '../../experiment/report.js';
import type { Source } from '../figure/figure.js';

/** What there is to show. */
export interface Shown {
  /** This visitor's run, as far as it is known. */
  own: Partial<ExperimentReport> | null;
  /** Drawn faint behind it, and alone where there is nothing of it. */
  reference: Reference | null;
}

/** Rows that both may have: the visitor's, what lies behind them, and whose those in front are. */
export interface Layers<T> {
  own: T;
  behind: T | null;
  source: Source | null;
}

/** One part of the results: own in front where it is there. */
export function layers<T>(
  { own, reference }: Shown,
  part: (report: Partial<ExperimentReport>) => T | undefined | null,
): Layers<T> | null {
  const mine = own && part(own);
  const theirs = reference && part(reference.report);
  if (mine) return { own: mine, behind: theirs ?? null, source: null };
  return theirs ? { own: theirs, behind: null, source: sourceOf(reference) } : null;
}

export function sourceOf(reference: Reference): Source {
  return { tag: referenceTag(reference), words: referenceWords(reference) };
}

/** What the faint lines are. */
export function behindWords({ own, reference }: Shown, layer: Layers<unknown>): TemplateResult | typeof nothing {
  if (!reference || !layer.behind) return nothing;
  const other = own?.experiment ? difference(own.experiment, reference.report.experiment) : '';
  const settings = other ? `, with other settings of ${other}` : '';
  return html`<p class="faint-words" data-testid="faint">Faint: ${referenceWords(reference)}${settings}</p>`;
}

export interface SectionSpec {
  part: string;
  heading: string;
  lead?: TemplateResult | string;
  /** The page around has its own heading and prose. */
  bare: boolean;
}

export function section({ part, heading, lead, bare }: SectionSpec, body: unknown): TemplateResult {
  if (bare) return html`<div class="bare" data-testid=${part}>${body}</div>`;
  return html`<section data-testid=${part}>
    <h2>${heading}</h2>
    ${lead ? html`<p class="lead">${lead}</p>` : nothing} ${body}
  </section>`;
}

/**
 * A few words of which one is chosen. In a form of their own: Chromium (tried in 148) keeps radio buttons outside of any,
 * once taken out of a shadow root, for as long as that lives, and with them all that they were shown with.
 */
export function choice(
  name: string,
  label: string,
  chosen: string,
  options: readonly (readonly [string, string])[],
  onChange: (value: string) => void,
): TemplateResult {
  return html`<form class="choices" @submit=${(event: Event) => event.preventDefault()}>
    <fieldset class="choice" data-testid="choice-${name}">
      <legend>${label}</legend>
      ${options.map(
        ([value, words]) => html`<label>
          <input
            type="radio"
            name=${name}
            value=${value}
            .checked=${value === chosen}
            @change=${() => onChange(value)}
          /><span>${words}</span>
        </label>`,
      )}
    </fieldset>
  </form>`;
}
