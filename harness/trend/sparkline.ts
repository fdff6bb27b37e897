const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** A range below this share of the largest value is drawn flat: it would make a mountain of the last digit. */
const FLAT = 0.001;

/** Values as one bar each, the lowest to the highest of them; the last `width` of more. Empty for none. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const low = Math.min(...shown);
  const range = Math.max(...shown) - low;
  const flat = range <= FLAT * Math.max(...shown.map(Math.abs));
  return shown
    .map((value) => BARS[flat ? 3 : Math.min(BARS.length - 1, Math.floor(((value - low) / range) * BARS.length))])
    .join('');
}
