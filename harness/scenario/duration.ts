const MS_PER_UNIT = { ms: 1, s: 1000, m: 60_000 } as const;

// Six digits keep every duration below 2^31 ms, where Node's timers end.
const AMOUNT = '[0-9]{1,6}(\\.[0-9]{1,3})?(ms|s)|[0-9]{1,4}(\\.[0-9]{1,3})?m';

/** A duration as scenarios write it; zero is allowed. */
export const DURATION_PATTERN = `^(${AMOUNT})$`;

/** A duration with a digit other than 0. */
export const POSITIVE_DURATION_PATTERN = `^(?=.*[1-9])(${AMOUNT})$`;

/** Whole milliseconds or `none`. */
export const WHOLE_MS_OR_NONE_PATTERN = '^(none|[0-9]{1,6}ms|[0-9]{1,3}s)$';

/** What a duration may be written in. */
export const DURATION_UNIT = 'ms, s or m';

const DURATION = /^([0-9.]+)(ms|s|m)$/;

/** Milliseconds of `500ms`, `1.5s` or `2m`. Throws a RangeError for any other text. */
export function durationToMs(text: string): number {
  const [, amount, unit] = new RegExp(DURATION_PATTERN).test(text) ? (DURATION.exec(text) ?? []) : [];
  if (amount === undefined || unit === undefined) {
    throw new RangeError(`expected a duration such as 500ms, 1.5s or 2m, got ${JSON.stringify(text)}`);
  }
  return Number(amount) * MS_PER_UNIT[unit as keyof typeof MS_PER_UNIT];
}
