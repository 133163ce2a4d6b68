/**
 * A table of the visitor's own, and reports: without being asked to, a report tells no more of it than its shape, and of a
 * file what it is known by: its name, size and hash.
 */
import type { Report, ReportedExperiment } from '../api/types.js';
import type { ExperimentReport } from './report.js';
import { isTable, nameOf } from './table-settings.js';

type Data = ReportedExperiment['data'];

/** Whether a report with these data holds the visitor's own table; null where they are no such table. */
export function tableIn(data: Data): Report['table'] | null {
  if (isTable(data)) return 'left_out';
  if (!('csv' in data)) return null;
  return data.csv === null ? 'left_out' : 'included';
}

/** The data without a cell of the visitor's own table, and without the names of its columns. */
export function leftOut(data: Data): Data {
  if (isTable(data)) {
    const { target, features, file, src: _, ...rest } = data;
    const numbers = features?.filter((one) => typeof one === 'number');
    return {
      ...rest,
      file: typeof file === 'string' ? file : (nameOf(data) ?? 'table'),
      ...(typeof target === 'number' && { target }),
      ...(numbers && numbers.length > 0 && { features: numbers }),
    };
  }
  if (!('csv' in data)) return data;
  const { target, standardise = true } = data;
  return { csv: null, ...(typeof target === 'number' && { target }), standardise };
}

/** Names of columns are cells of the table, too. */
function withoutNames<T extends Pick<ExperimentReport['training'][number], 'importances'>>(row: T): T {
  if (!row.importances) return row;
  const { names: _, ...importances } = row.importances;
  return { ...row, importances };
}

/** The report without the visitor's own table. Names of classes are cells of it; how many rows each has is shape. */
export function withoutTable<T extends Partial<ExperimentReport>>(report: T): T {
  const { experiment, data, training } = report;
  if (!experiment || tableIn(experiment.data) === null) return report;
  const classes = data?.classes.map(({ n_rows }, i) => ({ name: `class ${i + 1}`, n_rows }));
  return {
    ...report,
    table: 'left_out',
    experiment: { ...experiment, data: leftOut(experiment.data) },
    ...(classes && { data: { ...data, classes } }),
    ...(training && { training: training.map(withoutNames) }),
  };
}
