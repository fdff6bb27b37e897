import type { IntervalRecord } from './result.ts';

const US_PER_MS = 1000;
const MS_PER_S = 1000;
const S_PER_MINUTE = 60;
const BYTES_PER_GIB = 2 ** 30;

function grouped(value: number, decimals: number): string {
  return value.toLocaleString('en-GB', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Enough digits to tell figures apart, no more than a measurement carries: 3 significant ones below 100. */
function measured(value: number): string {
  const size = Math.abs(value);
  return grouped(value, size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2);
}

/** A whole number with thousands separators. */
export function formatCount(count: number): string {
  return grouped(count, 0);
}

/** A rate without its unit: `61,234`, `42.5`. */
export function formatRate(perS: number): string {
  return measured(perS);
}

/** An amount that may be far below 1, without its unit: `312`, `4.21`, `0.013`. */
export function formatSmall(amount: number): string {
  return Math.abs(amount) >= 1 || amount === 0
    ? measured(amount)
    : amount.toLocaleString('en-GB', { maximumSignificantDigits: 2 });
}

/** Microseconds as milliseconds without the unit: `0.42`, `12.3`, `1,204`. */
export function formatMs(latencyUs: number): string {
  return measured(latencyUs / US_PER_MS);
}

/** A ratio with two decimals: `1.62`. */
export function formatRatio(ratio: number): string {
  return grouped(ratio, 2);
}

/** The two ends of an interval, `[59,800, 62,100]`; each end is written by `format`. */
export function formatInterval({ low, high }: IntervalRecord, format: (value: number) => string): string {
  return `[${format(low)}, ${format(high)}]`;
}

/** A duration in words short enough for a table: `840 ms`, `12.3 s`, `2 min 5 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < MS_PER_S) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / MS_PER_S;
  if (seconds < S_PER_MINUTE) return `${grouped(seconds, 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / S_PER_MINUTE)} min ${whole % S_PER_MINUTE} s`;
}

/** Memory as GiB with one decimal. */
export function formatGiB(bytes: number): string {
  return `${grouped(bytes / BYTES_PER_GIB, 1)} GiB`;
}

/** An ISO time as `2026-11-24 10:23:01 UTC`; anything else is given back unchanged. */
export function formatUtc(isoTime: string): string {
  const time = new Date(isoTime);
  if (Number.isNaN(time.getTime())) return isoTime;
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
