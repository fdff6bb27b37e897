import { ERROR_SOURCES } from '../checkers/judged-errors.ts';
import { kindOfError } from '../report/error-kind.ts';
import type { ErrorClassRecord, ErrorMomentRecord, ErrorReport } from '../report/error-record.ts';
import { FINE_BUCKET_MS, type RunErrorClass } from './run-errors.ts';
import type { RunRecord } from './run-record.ts';

/** As many as a chart can tell apart; keeps result.json small however long a run is. */
const MAX_BUCKETS = 120;

/** Errors of one class in one run, and where that run stands in its arm. */
interface Part {
  readonly round: number;
  /** What to add to an index of a fault of the run for its index among those of the arm. */
  readonly faultOffset: number;
  readonly ofRun: RunErrorClass;
}

type Axis = Pick<ErrorReport, 'fromMs' | 'bucketMs' | 'buckets'>;

/** The errors of all rounds of an arm, those that nothing explains first, then the most frequent. */
export function armErrors(runs: readonly Pick<RunRecord, 'planned' | 'faults' | 'errorReport'>[]): ErrorReport {
  const axis = axisOf(runs);
  const parts = new Map<string, Part[]>();
  let faultOffset = 0;
  for (const { planned, faults, errorReport } of runs) {
    for (const ofRun of errorReport.classes) {
      const key = `${ofRun.source} ${ofRun.class}`;
      const part = { round: planned.round, faultOffset, ofRun };
      const known = parts.get(key);
      if (known === undefined) parts.set(key, [part]);
      else known.push(part);
    }
    faultOffset += faults.length;
  }
  const classes = [...parts.values()].map((of) => classRecord(of, axis));
  const sources = ERROR_SOURCES.map((source) => ({
    source,
    missing: runs.flatMap(({ errorReport }) => errorReport.missing[source] ?? [])[0] ?? null,
  }));
  return { ...axis, classes: classes.sort((a, b) => b.unexplained - a.unexplained || b.count - a.count), sources };
}

/** One axis for all rounds: the finest that has not too many buckets. */
function axisOf(runs: readonly Pick<RunRecord, 'errorReport'>[]): Axis {
  const earliestMs = runs.reduce((low, { errorReport }) => Math.min(low, errorReport.fromMs), 0);
  const latestMs = runs.reduce((high, { errorReport }) => Math.max(high, errorReport.toMs), 0);
  for (let bucketMs = FINE_BUCKET_MS; ; bucketMs *= 2) {
    const [first, last] = [Math.floor(earliestMs / bucketMs), Math.floor(latestMs / bucketMs)];
    const buckets = last - first + 1;
    if (buckets <= MAX_BUCKETS) return { fromMs: first * bucketMs, bucketMs, buckets };
  }
}

function classRecord(parts: readonly Part[], axis: Axis): ErrorClassRecord {
  const total = (count: (ofRun: RunErrorClass) => number) => parts.reduce((sum, { ofRun }) => sum + count(ofRun), 0);
  const moments = (at: (ofRun: RunErrorClass) => number | undefined): readonly ErrorMomentRecord[] =>
    parts.flatMap(({ round, ofRun }) => {
      const atMs = at(ofRun);
      return atMs === undefined ? [] : [{ round, atMs }];
    });
  const accused = parts.find(({ ofRun }) => ofRun.unexplained > 0);
  const { ofRun: shown } = accused ?? (parts[0] as Part);
  const unexplained = total((ofRun) => ofRun.unexplained);
  const unjudged = total((ofRun) => ofRun.unjudged);
  return {
    source: shown.source,
    kind: kindOfError(shown.source, shown.class),
    class: shown.class,
    count: total((ofRun) => ofRun.count),
    unexplained,
    expected: unexplained > 0 ? false : unjudged > 0 ? null : true,
    first: moments((ofRun) => ofRun.firstMs)[0] ?? null,
    last: moments((ofRun) => ofRun.lastMs).at(-1) ?? null,
    firstUnexplained: moments((ofRun) => ofRun.firstUnexplainedMs)[0] ?? null,
    example: shown.example,
    inFaults: parts.flatMap(({ faultOffset, ofRun: { byFault } }) =>
      [...byFault].map(([fault, count]) => ({ fault: fault + faultOffset, count })).sort((a, b) => a.fault - b.fault),
    ),
    outside: total((ofRun) => ofRun.outside),
    untimed: total((ofRun) => ofRun.untimed),
    overTime: parts.flatMap(({ round, ofRun }) => overTime(round, ofRun, axis)),
  };
}

function overTime(
  round: number,
  { byBucket }: RunErrorClass,
  { fromMs, bucketMs }: Axis,
): ErrorClassRecord['overTime'] {
  if (byBucket.size === 0) return [];
  const coarse = new Map<number, number>();
  for (const [fine, count] of byBucket) {
    const bucket = Math.floor((fine * FINE_BUCKET_MS - fromMs) / bucketMs);
    coarse.set(bucket, (coarse.get(bucket) ?? 0) + count);
  }
  const from = Math.min(...coarse.keys());
  const length = Math.max(...coarse.keys()) - from + 1;
  return [{ round, from, counts: Array.from({ length }, (_, index) => coarse.get(from + index) ?? 0) }];
}
