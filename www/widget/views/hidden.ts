/** What the notebook's own numbers hide, each beside this run's own. */
import { html, type TemplateResult } from 'lit';
import { hidden } from '../../experiment/hidden.js';
import { referenceTag } from '../../experiment/reference.js';
import { type Shown, section } from './sections.js';

export function hiddenView({ own, reference }: Shown, bare: boolean): TemplateResult {
  const mine = hidden(own ?? {});
  const theirs = hidden(reference?.report ?? {});
  return section(
    { part: 'hidden', heading: 'What the notebook’s own numbers hide', bare },
    html`<dl class="hidden-list">
      ${mine.map(({ id, printed, hides, here }, i) => {
        const other = theirs[i]?.here;
        return html`<div data-testid="hidden-${id}">
          <dt>${printed}</dt>
          <dd>${hides}</dd>
          <dd class="here">
            <b>${here === null && other && reference ? referenceTag(reference) : 'here'}</b> ${here ?? other ?? 'Run the experiment to see.'}
          </dd>
        </div>`;
      })}
    </dl>`,
  );
}
