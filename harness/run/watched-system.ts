import { isMissing, type Missing } from '../history/evidence.ts';
import { type SystemSamples, samplesWithin, thinSamples } from '../measure/system-samples.ts';
import type { SystemRecord } from '../report/system-record.ts';
import type { SystemSight } from './system-watch.ts';

/**
 * As many as a chart can show: a run of half a minute keeps every scrape. With two workers it takes 20 kB of result.json, and
 * no run takes more.
 */
const MOST_SAMPLES = 60;

/** Digits beyond what was measured only make the file bigger. */
const DIGITS = 4;

interface WatchedRun {
  readonly round: number;
  readonly sight: SystemSight;
  /** What the server's sessions were seen to do. */
  readonly activity: SystemSamples | Missing;
  /** The load, from its first send to the end of the measured window, on the monotonic clock. */
  readonly loadedFromUs: number;
  readonly measuredFromUs: number;
  readonly measuredToUs: number;
}

/** What was seen of the system while it was loaded, thinned, on the time axis of the run's charts. */
export function watchedSystem({ round, sight, activity, ...times }: WatchedRun): SystemRecord {
  const { loadedFromUs, measuredFromUs, measuredToUs } = times;
  const samples = [...sight.samples, ...(isMissing(activity) ? [] : [activity])]
    .map((all) => samplesWithin(all, loadedFromUs, measuredToUs))
    .filter(({ series }) => series.length > 0);
  const sources = samples.map((loaded) => {
    const { source, atUs, series } = thinSamples(loaded, MOST_SAMPLES);
    return {
      source,
      atMs: atUs.map((us) => Math.round((us - measuredFromUs) / 1000)),
      series: series.map(({ metric, of, values }) => ({
        ...{ metric, of },
        values: values.map((value) => (value === null ? null : Number(value.toPrecision(DIGITS)))),
      })),
    };
  });
  const absent = [...sight.absent, ...(isMissing(activity) ? [`sessions: ${activity.missing}`] : [])];
  return { round, sources, absent };
}
