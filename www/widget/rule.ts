/** The verdict as a rule to follow, and the question put to Python. */
import { html, nothing, type TemplateResult } from 'lit';
import { count } from '../experiment/format.js';
import { pythonSnippet } from '../experiment/python.js';
import { machineWords, verdictOf } from '../experiment/reference.js';
import type { ExperimentReport } from '../experiment/report.js';
import { type Rule, rules } from '../experiment/rule.js';
import { layers, type Shown, section } from './sections.js';
import { type Column, table } from './table.js';

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
    cell: (rule) => (rule.ci95 ? `${count(rule.ci95[0])} – ${count(rule.ci95[1])}` : '–'),
  },
  { head: 'so use', cell: (rule) => rule.words },
];

export function ruleView(state: RuleState, bare: boolean): TemplateResult | typeof nothing {
  const whole = (report: Partial<ExperimentReport>) =>
    report.verdict && report.sweeps && report.environment ? (report as ExperimentReport) : null;
  const layer = layers(state, whole);
  if (!layer) return nothing;
  const { own: report, source } = layer;
  const code = pythonSnippet(report);
  return section(
    { part: 'rule', heading: 'The rule for this machine', bare },
    html`${bare ? html`<p class="answer">${source && state.reference ? verdictOf(state.reference) : report.verdict}</p>` : nothing}
      ${table('rule-table', `The rule. ${source?.words ?? machineWords(report)}`, COLUMNS, rules(report.sweeps, report.training))}
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
