/**
 * What the notebook printed, on a machine of four cores with scikit-learn 0.23.2 and joblib 1.0.0. These are quoted,
 * never measured here; the page sets this run's own beside them.
 */
export const NOTEBOOK = {
  n_cores: 4,
  /** joblib_predict on 20,000 rows: "CPU/s". */
  cpu_per_wall: { RF: 0.9998, SVC: 1.9948, LR: 2.7214, NB: 1.0004 } as Record<string, number>,
  /** NB on 10 rows: seconds of wall time. */
  ten_rows_ms: { serial: 0.4, threads: 103.4, processes: 15.6 },
  /** NB on 10 rows by processes: "CPU/s". */
  processes_cpu_per_wall: 0.8672,
  /** predict_parallel_async on 100,000 rows: the decorator's wall time, and the cell's own. */
  async_rows: 100_000,
  async_printed_ms: 0,
  async_wall_ms: 20.7,
  /** Cells of the grids that came out as NaN. */
  failed_cells: { LR: [14, 21], SVC: [5, 10] } as Record<string, [number, number]>,
  samples_per_point: 1,
} as const;
