/**
 * A table of the visitor's own, and reports: without being asked to, a report tells no more of it than its shape, and of a
 * file what it is known by: its name, size and hash.
 */
import type { Report, ReportedExperiment } from '../api/types.js';
import type { ExperimentReport } from './report.js';
import { isTable, nameOf } from './table-settings.js';

type Data = ReportedExperiment['data'];
type Row = ExperimentReport['training'][number];

/** Whether a report with these data holds the visitor's own table; null where they are no such table. */
export function tableIn(data: Data): Report['table'] | null {
  if (isTable(data)) return 'left_out';
  if (!('csv' in data)) return null;
  return data.csv === null ? 'left_out' : 'included';
}

/** The data without a cell of the visitor's own table, and without the names of its columns. */
export function leftOut(data: Data): Data {
  if (isTable(data)) {
    const { target, features, file, src, ...rest } = data;
    const numbers = features?.filter((one) => typeof one === 'number');
    return {
      ...rest,
      // An address is the page's, and not the visitor's.
      ...(src === undefined ? { file: typeof file === 'string' ? file : nameOf(data) } : { src }),
      ...(typeof target === 'number' && { target }),
      ...(numbers && numbers.length > 0 && { features: numbers }),
    };
  }
  if (!('csv' in data)) return data;
  const { target, standardise = true } = data;
  return { csv: null, ...(typeof target === 'number' && { target }), standardise };
}

/** What a reason is told as that may name columns or classes. */
const REASON = 'It could not be fitted, or scored; why is told where the table is.';

/** Names of columns are cells of the table, too, and reasons name them. */
function withoutNames(given: Row): Row {
  const { importances, ...row } = withoutClasses(given);
  const { error, ...cv_results } = row.cv_results;
  const told = { ...row, cv_results: { ...cv_results, error: error.map((one) => one && REASON) } };
  if (!importances) return told;
  const { names: _, ...numbers } = importances;
  return { ...told, importances: numbers };
}

/** The same settings with numbers for the classes that weights are named by. */
function withoutClasses<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutClasses) as T;
  if (typeof value !== 'object' || value === null) return value;
  const unnamed = (weights: unknown): unknown => {
    if (Array.isArray(weights)) return weights.map(unnamed);
    if (typeof weights !== 'object' || weights === null) return weights;
    return Object.fromEntries(Object.values(weights).map((weight, i) => [`class ${i + 1}`, weight]));
  };
  const parts = Object.entries(value).map(([name, part]) => [
    name,
    name === 'class_weight' ? unnamed(part) : withoutClasses(part),
  ]);
  return Object.fromEntries(parts);
}

/** The report without the visitor's own table. Names of classes are cells of it; how many rows each has is shape. */
export function withoutTable<T extends Partial<ExperimentReport>>(report: T): T {
  const { table_notes: _, ...rest } = report;
  const { experiment, data, training } = rest;
  if (!experiment || tableIn(experiment.data) === null) return report;
  const classes = data?.classes.map(({ n_rows }, i) => ({ name: `class ${i + 1}`, n_rows }));
  const { classifiers } = experiment;
  return {
    ...(rest as T),
    table: 'left_out',
    experiment: { ...experiment, classifiers: withoutClasses(classifiers), data: leftOut(experiment.data) },
    ...(classes && { data: { ...data, classes } }),
    ...(training && { training: training.map(withoutNames) }),
  };
}
