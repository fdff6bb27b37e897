/** Seconds since the measured window began, and the value there; null where nothing was measured. */
export type Point = readonly [atS: number, value: number | null];

/** At most `maxPoints`: neighbours become one point at their middle, with their mean or, so that no peak is hidden, their maximum. */
export function thinned(points: readonly Point[], how: 'mean' | 'max', maxPoints: number): readonly Point[] {
  const size = Math.ceil(points.length / maxPoints);
  if (size <= 1) return points.map(([atS, value]) => [rounded(atS), value === null ? null : rounded(value)]);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const group = points.slice(index * size, (index + 1) * size);
    const values = group.flatMap(([, value]) => (value === null ? [] : [value]));
    const atS = mean(group.map(([at]) => at));
    if (values.length === 0) return [rounded(atS), null];
    return [rounded(atS), rounded(how === 'max' ? Math.max(...values) : mean(values))];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Digits beyond what a chart can show only make the file bigger. */
function rounded(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Math.round(value * 1000) / 1000;
}
