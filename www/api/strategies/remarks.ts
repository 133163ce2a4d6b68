/** What a measurement left out or found wrong, in words. */

/** As Rust says it. */
export type Remark =
  | { kind: 'unequal' | 'hidden'; strategy: string; n_rows: number }
  | { kind: 'left_out'; strategy: string; n_rows: number; call_ms: number };

/** A sentence each; sizes of which both sides were left out once. */
export function notesOf(remarks: readonly Remark[]): string[] {
  return [...new Set(remarks.map(noteOf))];
}

function noteOf(remark: Remark): string {
  const rows = `${remark.n_rows.toLocaleString('en')} rows`;
  switch (remark.kind) {
    case 'unequal':
      return `${remark.strategy} at ${rows} gave other labels than serial: an error, not a time.`;
    case 'hidden':
      return `${remark.strategy} at ${rows} was not measured: the page was hidden.`;
    case 'left_out':
      return `${rows} left out: one call would take about ${Number((remark.call_ms / 1000).toPrecision(2))} s.`;
  }
}
