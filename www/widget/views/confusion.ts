/** Which classes a classifier takes for which, on the rows it was not trained on. */
import { html, nothing, type TemplateResult } from 'lit';
import { type ClassificationReport, classificationReport } from '../../api/classification-report.js';
import { accuracy } from '../../experiment/format.js';
import type { DataSummary } from '../../experiment/preview.js';
import type { ExperimentReport } from '../../experiment/report.js';
import { type Column, table } from '../figure/table.js';

type Training = ExperimentReport['training'];
type Confusion = NonNullable<Training[number]['confusion']>;

/** A table a classifier, shut at first. Reports of before have none. */
export function confusions(training: Training, data: DataSummary | undefined): TemplateResult | typeof nothing {
  const known = training.flatMap(({ classifier, confusion }) => (confusion ? [{ classifier, confusion }] : []));
  if (known.length === 0) return nothing;
  return html`<div class="confusions" data-testid="confusions">
    ${known.map(({ classifier, confusion }) => confusionView(classifier, confusion, data))}
  </div>`;
}

function confusionView(classifier: string, confusion: Confusion, data: DataSummary | undefined): TemplateResult {
  const report = classificationReport(Int32Array.from(confusion.counts), Int32Array.from(confusion.classes));
  const names = namesOf(confusion, data);
  const caption = `${classifier}: test rows by class and prediction, with their share of the class`;
  return html`<details data-testid="confusion-${classifier}">
    <summary>${classifier}: ${inWords(report)}</summary>
    ${table(`confusion-table-${classifier}`, caption, columnsOf(confusion, report, names), [...names.keys()])}
  </details>`;
}

/** The classes' names where the rows are known, else their labels. */
function namesOf({ classes }: Confusion, data: DataSummary | undefined): string[] {
  const named = data?.classes.length === classes.length ? data.classes : null;
  return classes.map((label, code) => named?.[code]?.name ?? String(label));
}

function inWords({ accuracy: right, majority_share }: ClassificationReport): string {
  return `${accuracy(right)} of the test rows are right; always saying the most frequent class ${accuracy(majority_share)}`;
}

function columnsOf({ counts }: Confusion, report: ClassificationReport, names: readonly string[]): Column<number>[] {
  const count = (truth: number, predicted: number) => counts[truth * names.length + predicted] ?? 0;
  const rows = report.classes;
  const predicted = names.map((name, to): Column<number> => {
    const cell = (truth: number) => {
      const all = rows[truth]?.support ?? 0;
      const share = all > 0 ? ` (${Math.round((100 * count(truth, to)) / all)} %)` : '';
      return html`${truth === to ? html`<strong>${count(truth, to)}</strong>` : count(truth, to)}${share}`;
    };
    return { head: `predicted ${name}`, number: true, cell };
  });
  return [
    { head: 'class', cell: (truth) => names[truth] },
    ...predicted,
    { head: 'precision', number: true, cell: (truth) => accuracy(rows[truth]?.precision ?? Number.NaN) },
    { head: 'recall', number: true, cell: (truth) => accuracy(rows[truth]?.recall ?? Number.NaN) },
    { head: 'F1', number: true, cell: (truth) => accuracy(rows[truth]?.f1 ?? Number.NaN) },
    { head: 'rows', number: true, cell: (truth) => rows[truth]?.support },
  ];
}
