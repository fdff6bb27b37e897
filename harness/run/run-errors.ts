import { type ErrorSource, type JudgedError, judgedErrors, type SeenErrors } from '../checkers/judged-errors.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';

/** Errors of one class in one run. Times are milliseconds since the measured window began. */
export interface RunErrorClass {
  readonly source: ErrorSource;
  readonly class: string;
  readonly example: string;
  readonly count: number;
  readonly unexplained: number;
  /** Those of which nobody can tell whether something explains them. */
  readonly unjudged: number;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly firstUnexplainedMs: number | undefined;
  /** How many while a fault was in force, by its index among those of the run. */
  readonly byFault: ReadonlyMap<number, number>;
  /** How many while none was. */
  readonly outside: number;
  readonly untimed: number;
  /** How many in each stretch of {@link FINE_BUCKET_MS}; stretch 0 begins with the measured window. */
  readonly byBucket: ReadonlyMap<number, number>;
}

/** All errors of one run. */
export interface RunErrors {
  /** When somebody looked: the load, and what errors there were before and after it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly classes: readonly RunErrorClass[];
  /** Why nobody would have seen errors of a source. */
  readonly missing: Readonly<Partial<Record<ErrorSource, string>>>;
}

export const FINE_BUCKET_MS = 250;

/** From the first send to the end of the measured window, on the monotonic clock. */
export interface LoadTimes {
  readonly loadedFromUs: number;
  readonly measuredFromUs: number;
  readonly measuredToUs: number;
}

/** The errors of a run, class by class, as the checks judge them. */
export function runErrors(evidence: RunEvidence, seen: SeenErrors, times: LoadTimes): RunErrors {
  const { loadedFromUs, measuredFromUs, measuredToUs } = times;
  const classes = new Map<string, ClassTally>();
  const sinceMs = (us: number) => (us - measuredFromUs) / 1000;
  let [fromMs, toMs] = [sinceMs(loadedFromUs), sinceMs(measuredToUs)];
  for (const error of judgedErrors(evidence, seen)) {
    const key = `${error.source} ${error.class}`;
    const tally = classes.get(key) ?? new ClassTally(error);
    classes.set(key, tally);
    const time = error.time && { fromMs: sinceMs(error.time.fromUs), toMs: sinceMs(error.time.toUs) };
    tally.add(error, time);
    fromMs = Math.min(fromMs, time?.fromMs ?? fromMs);
    toMs = Math.max(toMs, time?.toMs ?? toMs);
  }
  return { fromMs, toMs, classes: [...classes.values()], missing: missingSources(evidence) };
}

function missingSources({ consumption, serverLog, postgresLog }: RunEvidence): RunErrors['missing'] {
  return {
    ...(isMissing(consumption) ? { consumer: consumption.missing } : {}),
    ...(isMissing(serverLog) ? { 'server log': serverLog.missing } : {}),
    ...(isMissing(postgresLog) ? { 'PostgreSQL log': postgresLog.missing } : {}),
  };
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

class ClassTally implements RunErrorClass {
  readonly source: ErrorSource;
  readonly class: string;
  readonly byFault = new Map<number, number>();
  readonly byBucket = new Map<number, number>();
  example: string;
  count = 0;
  unexplained = 0;
  unjudged = 0;
  outside = 0;
  untimed = 0;
  firstMs: number | undefined;
  lastMs: number | undefined;
  firstUnexplainedMs: number | undefined;

  constructor({ source, class: name, example }: JudgedError) {
    this.source = source;
    this.class = name;
    this.example = example;
  }

  add({ count, isExplained, fault }: JudgedError, time: Stretch | undefined): void {
    this.count += count;
    if (isExplained === undefined) this.unjudged += count;
    else if (!isExplained) this.unexplained += count;
    if (time === undefined) {
      this.untimed += count;
      return;
    }
    const { fromMs, toMs } = time;
    if (fault === undefined) this.outside += count;
    else this.byFault.set(fault, (this.byFault.get(fault) ?? 0) + count);
    this.firstMs = Math.min(fromMs, this.firstMs ?? fromMs);
    this.lastMs = Math.max(toMs, this.lastMs ?? toMs);
    if (isExplained === false) this.firstUnexplainedMs = Math.min(fromMs, this.firstUnexplainedMs ?? fromMs);
    for (const [bucket, share] of spread(time, count)) {
      this.byBucket.set(bucket, (this.byBucket.get(bucket) ?? 0) + share);
    }
  }
}

/** Of errors in a stretch so many for each bucket, evenly, and whole numbers that add up. */
function* spread({ fromMs, toMs }: Stretch, count: number): Generator<readonly [bucket: number, count: number]> {
  const last = Math.floor(toMs / FINE_BUCKET_MS);
  let told = 0;
  for (let bucket = Math.floor(fromMs / FINE_BUCKET_MS); bucket < last; bucket += 1) {
    const share = ((bucket + 1) * FINE_BUCKET_MS - fromMs) / (toMs - fromMs);
    const upTo = Math.round(count * share);
    if (upTo > told) yield [bucket, upTo - told];
    told = upTo;
  }
  if (count > told) yield [last, count - told];
}
