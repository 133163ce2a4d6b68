/** The results as files and as a link, and somebody else's from a file. */
import { html, nothing, type TemplateResult } from 'lit';
import { withoutTable } from '../../experiment/own-table.js';
import { type ExperimentReport, sweepsCsv, toJson, trainingCsv } from '../../experiment/report.js';
import { download } from '../figure/download.js';

export interface ShareState {
  /** The visitor's run, when it is whole. */
  report: ExperimentReport | null;
  /** What has been trained: after a cancel, what had finished. */
  training: ExperimentReport['training'];
  /** A link with results, once it has been asked for; null before. */
  link: string | null;
  /** What became of the last copy or file, in words. */
  said: string;
  canLink: boolean;
  hasReference: boolean;
  /** Whether the report as JSON holds the visitor's own table. */
  withTable: boolean;
  onTable: (withTable: boolean) => void;
  onLink: () => void;
  onFile: (file: File) => void;
  onForget: () => void;
}

export function shareView(state: ShareState): TemplateResult {
  const { link, said, hasReference } = state;
  return html`<section class="share" data-testid="share">
    <h2 class="unseen">Keep and share</h2>
    ${mine(state)}
    <p class="downloads">
      <label class="button quiet" for="report-file">Compare with a report file</label>
      <input
        class="unseen"
        id="report-file"
        type="file"
        accept="application/json,.json"
        data-testid="report-file"
        @change=${(event: Event) => {
          const input = event.target as HTMLInputElement;
          const [file] = input.files ?? [];
          if (file) state.onFile(file);
          input.value = '';
        }}
      />
      ${
        hasReference
          ? html`<button type="button" class="quiet" data-testid="forget" @click=${state.onForget}>
              Without the other results
            </button>`
          : nothing
      }
    </p>
    ${
      link
        ? html`<p class="link">
            <label for="shared-link">Address with these results</label>
            <input id="shared-link" data-testid="shared-link" type="text" readonly .value=${link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
          </p>`
        : nothing
    }
    <p role="status" class="said" data-testid="share-status">${said}</p>
  </section>`;
}

/** There before there is a report, so that nothing moves when it comes. */
function mine(state: ShareState): TemplateResult {
  const { report, training } = state;
  const button = <From>(
    from: From | null,
    id: string,
    words: string,
    name: string,
    type: string,
    content: (from: From) => string,
  ) =>
    html`<button type="button" class="quiet" data-testid=${id} ?disabled=${from === null} @click=${() => from !== null && download(name, type, content(from))}>${words}</button>`;
  return html`<p class="downloads">
    ${
      state.canLink || !report
        ? html`<button type="button" data-testid="share-link" ?disabled=${!report} @click=${state.onLink}>Copy a link with these results</button>`
        : nothing
    }
    ${button(report, 'download-report', 'Report as JSON', 'breakeven-report.json', 'application/json', (whole) => toJson(state.withTable ? whole : withoutTable(whole)))}
    ${
      report && 'csv' in report.experiment.data
        ? html`<label>
            <input
              type="checkbox"
              data-testid="with-table"
              .checked=${state.withTable}
              @change=${(event: Event) => state.onTable((event.target as HTMLInputElement).checked)}
            />
            with my table
          </label>`
        : nothing
    }
    ${button(training.length > 0 ? training : null, 'download-training-csv', 'Training as CSV', 'training.csv', 'text/csv', trainingCsv)}
    ${button(report, 'download-sweeps-csv', 'Points as CSV', 'sweeps.csv', 'text/csv', (whole) => sweepsCsv(whole.sweeps))}
  </p>`;
}
