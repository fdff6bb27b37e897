import type { Interval, ThroughputRow } from '../sql/activity.ts';

const SECONDS: Readonly<Record<Interval, number>> = Object.freeze({ minute: 60, hour: 3_600, day: 86_400 });

/** One interval of a throughput series; counts are of messages. */
export interface ThroughputSlot {
  readonly timestamp: Date;
  readonly ingested: number;
  /** Completed or given up. */
  readonly processed: number;
  readonly ingestedPerSecond: number;
  readonly processedPerSecond: number;
  readonly failed: number;
  readonly deadLettered: number;
}

export function renderThroughput(rows: readonly ThroughputRow[], interval: Interval): readonly ThroughputSlot[] {
  const perSecond = (count: number): number => Math.round((count / SECONDS[interval]) * 100) / 100;
  return rows.map((row) => {
    const [ingested, processed] = [Number(row.ingested), Number(row.processed)];
    return {
      timestamp: row.timestamp,
      ingested,
      processed,
      ingestedPerSecond: perSecond(ingested),
      processedPerSecond: perSecond(processed),
      failed: Number(row.failed),
      deadLettered: Number(row.dead_lettered),
    };
  });
}
