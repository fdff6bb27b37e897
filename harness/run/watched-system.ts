import { isMissing, type Missing } from '../history/evidence.ts';
import type { Span } from '../measure/spans.ts';
import { momentarySamples, type SystemSamples, samplesWithin, thinSamples } from '../measure/system-samples.ts';
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
  /** The parts of the window in which it was this run's turn. */
  readonly slices?: readonly Span[] | undefined;
}

/**
 * What was seen of the system while it was loaded, thinned, on the time axis of the run's charts. Of slices only what is told
 * for one moment: the rest would be of their pauses too.
 */
export function watchedSystem({ round, sight, activity, slices, ...times }: WatchedRun): SystemRecord {
  const { loadedFromUs, measuredFromUs, measuredToUs } = times;
  const spans = slices ?? [{ fromUs: loadedFromUs, toUs: measuredToUs }];
  const samples = [...sight.samples, ...(isMissing(activity) ? [] : [activity])]
    .map((all) => samplesWithin(slices === undefined ? all : momentarySamples(all), spans))
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
  const absent = [
    ...sight.absent,
    ...(isMissing(activity) ? [`sessions: ${activity.missing}`] : []),
    ...(slices === undefined ? [] : ['event loops and CPU: their samples are longer than a slice']),
  ];
  return { round, sources, absent };
}
