/** Which columns a forest's splits tell most by. */
import type { Importances } from './report.js';

/** More bars are none to read. */
export const MOST_IMPORTANT = 20;

/** Of the columns as the forest has them: prepared ones, where rows are prepared in front of it. Null where it tells none. */
export function importancesOf(
  { feature_importances, preprocess }: Record<string, unknown>,
  feature_names: readonly string[] | null,
): Importances | null {
  if (!Array.isArray(feature_importances) && !ArrayBuffer.isView(feature_importances)) return null;
  const values = Array.from(feature_importances as ArrayLike<number>);
  const { feature_names_out } = (preprocess ?? {}) as { feature_names_out?: readonly string[] };
  // scikit-learn's names say which of its transformers each has gone through.
  const names = feature_names_out?.map((name) => name.replace(/^(num|cat)__/, '')) ?? feature_names;
  const columns = [...values.keys()]
    .sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
    .slice(0, MOST_IMPORTANT);
  return {
    n_columns: values.length,
    columns,
    values: columns.map((i) => values[i] as number),
    ...(names?.length === values.length && { names: columns.map((i) => names[i] as string) }),
  };
}

/** What a column is called: the names of one's own table are in no report. */
export function columnName({ columns, names }: Importances, i: number): string {
  return names?.[i] ?? `feature ${(columns[i] ?? 0) + 1}`;
}
