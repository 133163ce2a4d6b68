// Markdown tables, aligned so that they read well in a terminal too.

/** Columns of numbers go to the right. */
export function markdownTable(header, rows) {
  const cells = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, i) => Math.max(3, ...cells.map((row) => row[i].length)));
  const isNumber = (text) => /^[\d.−-]/.test(text);
  const right = header.map((_, i) => rows.length > 0 && rows.every((row) => isNumber(String(row[i])) || row[i] === ''));
  const line = (row) =>
    `| ${row.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (right[i] ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}
