/** The verdict as a rule to follow, and the question put to Python. */
import { html, nothing, type TemplateResult } from 'lit';
import { CONSTANTS } from '../../experiment/constants.js';
import { about, count, list } from '../../experiment/format.js';
import { pythonSnippet } from '../../experiment/python.js';
import { machineWords, verdictOf } from '../../experiment/reference.js';
import type { ExperimentReport } from '../../experiment/report.js';
import { type Rule, rules } from '../../experiment/rule.js';
import { type Column, table } from '../figure/table.js';
import { layers, type Shown, section } from './sections.js';

export interface RuleState extends Shown {
  /** What became of the last copy, in words. */
  copied: string;
  onCopy: (code: string, area: HTMLElement | null) => void;
}

const COLUMNS: Column<Rule>[] = [
  { head: 'classifier', cell: (rule) => html`<abbr title=${rule.estimator}>${rule.classifier}</abbr>` },
  { head: 'pays from', number: true, cell: (rule) => (rule.from === null ? '–' : `${count(rule.from)} rows`) },
  {
    head: '95 % interval',
    number: true,
    cell: (rule) => rule.interval || '–',
  },
  { head: 'up to', number: true, cell: (rule) => (rule.to === null ? '–' : `${count(rule.to)} rows`) },
  { head: 'so use', words: true, cell: (rule) => rule.words },
];

/** A number of rows beside which this machine's own are set. */
interface Limit {
  rows: string;
  what: string;
  said: unknown;
}

const LIMITS: Column<Limit>[] = [
  { head: 'rows', number: true, cell: (limit) => limit.rows },
  { head: 'for', cell: (limit) => limit.what },
  { head: 'who says so', words: true, cell: (limit) => limit.said },
];

function limitsView(found: readonly Rule[], whose: string): TemplateResult {
  const own = found.map(({ classifier, from, clear }) => {
    const said = from !== null ? about(from) : clear ? 'none' : 'not clear';
    return `${said} (${classifier})`;
  });
  const here = { rows: list(own), what: 'these classifiers', said: `here: ${whose}` };
  const theirs = CONSTANTS.map(({ rows, what, said, name, url }) => ({
    ...{ rows: rows || '–', what },
    said: html`${said} (<a href=${url} rel="noopener">${name}</a>)`,
  }));
  return html`<h3>Is there one number for everybody?</h3>
    <p class="lead">
      In scikit-learn’s own discussions there have been several. They are about its own forests and joblib’s threads, so
      they need not agree with what is measured here. They do not agree with each other, either.
    </p>
    ${table('limits-table', 'Numbers of rows from which to predict in parallel', LIMITS, [here, ...theirs])}`;
}

export function ruleView(state: RuleState, bare: boolean): TemplateResult | typeof nothing {
  const whole = (report: Partial<ExperimentReport>) =>
    report.verdict && report.sweeps && report.environment ? (report as ExperimentReport) : null;
  const layer = layers(state, whole);
  if (!layer) return nothing;
  const { own: report, source } = layer;
  const found = rules(report.sweeps, report.training, report.closer);
  const code = pythonSnippet(report);
  return section(
    { part: 'rule', heading: 'The rule for this machine', bare },
    html`${bare ? html`<p class="so">${source && state.reference ? verdictOf(state.reference) : report.verdict}</p>` : nothing}
      ${table('rule-table', `The rule. ${source?.words ?? machineWords(report)}`, COLUMNS, found)}
      ${limitsView(found, source?.words ?? machineWords(report))}
      <figure class="code" data-testid="python">
        <figcaption>The same question in Python: it times your own scikit-learn model on your own rows</figcaption>
        <pre tabindex="0" role="group" aria-label="Python code"><code>${code}</code></pre>
        <p class="actions">
          <button
            type="button"
            data-testid="copy-python"
            @click=${(event: Event) =>
              state.onCopy(code, (event.currentTarget as Element).closest('figure')?.querySelector('pre') ?? null)}
          >
            Copy
          </button>
          <span role="status" data-testid="copied-python">${state.copied}</span>
        </p>
      </figure>`,
  );
}
