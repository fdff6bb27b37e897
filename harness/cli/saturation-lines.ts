import type { SaturationFigure } from '../report/saturation-figure.ts';

const TITLES = ['of capacity', 'requests/s', 'p50 ms', 'p99 ms', 'send lag p99 ms', 'sustained'] as const;
const GAP = '  ';

/** The levels of one arm as lines of equal columns, the titles first; nothing when there are none. */
export function levelLines({ levels }: SaturationFigure): readonly string[] {
  if (levels.length === 0) return [];
  const rows = levels.map(({ share, offered, p50Ms, p99Ms, sendLagP99Ms, sustained }) => [
    ...[share, offered, p50Ms, p99Ms, sendLagP99Ms, sustained],
  ]);
  const widths = TITLES.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [TITLES, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padStart(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}
