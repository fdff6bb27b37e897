import { textWidth } from './text-width.ts';

const GAP = '  ';

/** Rows of cells as lines, columns under each other; those of `rightColumns` end where their widest cell does. */
export function alignRows(rows: readonly (readonly string[])[], rightColumns: readonly number[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - textWidth(cell));
        return rightColumns.includes(column) ? padding + cell : cell + padding;
      })
      .join(GAP)
      .trimEnd(),
  );
}
