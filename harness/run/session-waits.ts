import type { BottleneckSigns } from './bottleneck.ts';
import type { RunRecord } from './run-record.ts';

/** How many of the server's sessions at work were seen to wait for the same, summed or averaged over equal looks. */
export interface SessionWait {
  /** `type: event` of `pg_stat_activity`, such as `Lock: tuple`; anything else, such as `running`, is no wait. */
  readonly of: string;
  readonly sessions: number;
}

/** Forcing the log to disk, writing it, and waiting for another session that does so for all. */
const WAL_WAIT = /^(?:IO|LWLock): WAL(?:Sync|Write)/i;
const LOCK_WAIT = /^Lock: /;

/** What the server's sessions were seen to wait for in the measured window of one run. */
export function sessionWaits({ system: { sources } }: Pick<RunRecord, 'system'>): readonly SessionWait[] {
  return sources.flatMap(({ atMs, series }) =>
    series.flatMap(({ metric, of, values }) => {
      if (metric !== 'waits') return [];
      const sessions = values.reduce<number>(
        (sum, value, index) => sum + ((atMs[index] ?? 0) < 0 ? 0 : (value ?? 0)),
        0,
      );
      return [{ of, sessions }];
    }),
  );
}

/** The waits of sessions as shares of all sessions at work; nothing where none was seen at work. */
export function waitShares(waits: readonly SessionWait[]): Pick<BottleneckSigns, 'walWaitShare' | 'lockWaitShare'> {
  const sum = (isMeant: (of: string) => boolean) =>
    waits.reduce((total, { of, sessions }) => total + (isMeant(of) ? sessions : 0), 0);
  const all = sum(() => true);
  if (all === 0) return {};
  return {
    walWaitShare: sum((of) => WAL_WAIT.test(of)) / all,
    lockWaitShare: sum((of) => LOCK_WAIT.test(of)) / all,
  };
}
