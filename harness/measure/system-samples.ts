import { type Span, usWithin } from './spans.ts';

/** What is watched, with its unit, and how neighbouring values become one: by their mean or, so that no peak is hidden, their maximum. */
export const COMBINED_BY = {
  /** Share of the time since the last sample in which an event loop was busy, 0…1. */
  eventLoopUtilization: 'mean',
  /** Longest delay of an event loop since the last sample, milliseconds. */
  eventLoopDelayMs: 'max',
  /** CPU time since the last sample, as a number of cores. */
  cpuCores: 'mean',
  rssBytes: 'max',
  poolSize: 'mean',
  poolInUse: 'mean',
  poolIdle: 'mean',
  /** Callers that wait for a connection. */
  poolWaiting: 'max',
  /** The server's database sessions, by state. */
  sessions: 'mean',
  /** Of these the ones that are at work, by what they wait for. */
  waits: 'mean',
} as const satisfies Readonly<Record<string, 'mean' | 'max'>>;

export type SystemMetric = keyof typeof COMBINED_BY;

export const SYSTEM_METRICS = Object.keys(COMBINED_BY) as readonly SystemMetric[];

/** A value of one metric; `of` says whose, such as `worker 1`. */
export interface SystemReading {
  readonly metric: SystemMetric;
  readonly of: string;
  readonly value: number;
}

/** The values of one metric, one for each time of the samples they belong to; null where nothing was told. */
interface SystemColumn {
  readonly metric: SystemMetric;
  readonly of: string;
  readonly values: readonly (number | null)[];
}

/** What one source told of the system, in order of time. */
export interface SystemSamples {
  readonly source: string;
  /** On the monotonic clock. */
  readonly atUs: readonly number[];
  readonly series: readonly SystemColumn[];
}

/** Takes readings as they come and puts them in columns; a sample without readings is a gap. */
export class SystemRecorder {
  readonly #source: string;
  readonly #atUs: number[] = [];
  readonly #columns = new Map<
    string,
    { readonly metric: SystemMetric; readonly of: string; readonly values: number[] }
  >();

  constructor(source: string) {
    this.#source = source;
  }

  add(atUs: number, readings: readonly SystemReading[]): void {
    const index = this.#atUs.push(atUs) - 1;
    for (const { metric, of, value } of readings) {
      const key = `${metric} ${of}`;
      const column = this.#columns.get(key) ?? { metric, of, values: [] };
      this.#columns.set(key, column);
      column.values[index] = value;
    }
  }

  samples(): SystemSamples {
    const series = [...this.#columns.values()].map(({ metric, of, values }) => ({
      ...{ metric, of },
      values: this.#atUs.map((_, index) => values[index] ?? null),
    }));
    return { source: this.#source, atUs: [...this.#atUs], series };
  }
}

/** These are told for the time since the last sample, all others for the moment of their own. */
const SINCE_LAST_SAMPLE: ReadonlySet<SystemMetric> = new Set(['eventLoopUtilization', 'eventLoopDelayMs', 'cpuCores']);

/** Without what is told for the time since the last sample. */
export function momentarySamples(samples: SystemSamples): SystemSamples {
  return { ...samples, series: samples.series.filter(({ metric }) => !SINCE_LAST_SAMPLE.has(metric)) };
}

/** The samples of some stretches of time. */
export function samplesWithin(samples: SystemSamples, spans: readonly Span[]): SystemSamples {
  const isWithin = samples.atUs.map((atUs) => usWithin(spans, atUs) !== undefined);
  const series = samples.series.map(({ values, ...about }) => ({
    ...about,
    values: values.filter((_, index) => isWithin[index]),
  }));
  return {
    source: samples.source,
    atUs: samples.atUs.filter((_, index) => isWithin[index]),
    series: series.filter(({ values }) => values.some((value) => value !== null)),
  };
}

/** At most `most` samples: neighbours become one at the middle of their times. */
export function thinSamples(samples: SystemSamples, most: number): SystemSamples {
  const size = Math.ceil(samples.atUs.length / most);
  if (size <= 1) return samples;
  const groups = Array.from({ length: Math.ceil(samples.atUs.length / size) }, (_, index) => index * size);
  return {
    source: samples.source,
    atUs: groups.map((from) => mean(samples.atUs.slice(from, from + size))),
    series: samples.series.map(({ metric, of, values }) => ({
      ...{ metric, of },
      values: groups.map((from) => combined(metric, values.slice(from, from + size))),
    })),
  };
}

function combined(metric: SystemMetric, values: readonly (number | null)[]): number | null {
  const told = values.filter((value) => value !== null);
  if (told.length === 0) return null;
  return COMBINED_BY[metric] === 'max' ? Math.max(...told) : mean(told);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
