import { median } from 'simple-statistics';

/**
 * Slope of a line through points: the median of the slopes of all pairs (Theil 1950; Sen 1968), which single outliers do not
 * move. Pairs at the same x say nothing; 0 when there is none at different ones.
 */
export function theilSenSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([laterX, laterY], index) =>
    points
      .slice(0, index)
      .filter(([x]) => x !== laterX)
      .map(([x, y]) => (laterY - y) / (laterX - x)),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}
