import type { SampleGap } from '../history/connection-samples.ts';
import { SystemRecorder, type SystemSamples } from '../measure/system-samples.ts';

/** As many sessions of the server as were in the same state, waiting for the same. */
interface SessionGroup {
  /** Of `pg_stat_activity`, as the two below; null when PostgreSQL does not tell. */
  readonly state: string | null;
  readonly waitType: string | null;
  readonly waitEvent: string | null;
  readonly sessions: number;
}

/** One look at what the server's sessions do. */
export interface ActivitySample {
  /** Since the start of the run. */
  readonly atMs: number;
  readonly groups: readonly SessionGroup[];
}

/** Waits that are less frequent are shown as one. */
const SHOWN_WAITS = 7;
const OTHER_WAITS = 'other';

/**
 * Looks as samples: sessions by state, and those at work by what they wait for: one that is `running` waits for nothing, and
 * one that is idle in a transaction for the server. A gap between looks is a sample without readings.
 */
export function activitySamples(
  looks: readonly ActivitySample[],
  gaps: readonly SampleGap[],
  startedUs: number,
): SystemSamples {
  const all = looks.flatMap(({ groups }) => groups);
  const states = new Set(all.map(stateOf));
  const waits = new Set(byFrequency(all).slice(0, SHOWN_WAITS));
  const shownWait = (group: SessionGroup) => {
    const wait = waitOf(group);
    return wait === undefined || waits.has(wait) ? wait : OTHER_WAITS;
  };
  const shownWaits = [...waits, ...(all.some((group) => shownWait(group) === OTHER_WAITS) ? [OTHER_WAITS] : [])];
  const readingsOf = ({ groups }: ActivitySample) => [
    ...[...states].map((of) => ({ metric: 'sessions', of, value: count(groups, stateOf, of) }) as const),
    ...shownWaits.map((of) => ({ metric: 'waits', of, value: count(groups, shownWait, of) }) as const),
  ];
  const recorder = new SystemRecorder('sessions');
  const samples = [
    ...looks.map((look) => ({ atMs: look.atMs, readings: readingsOf(look) })),
    ...gaps.map(({ fromMs }) => ({ atMs: fromMs, readings: [] })),
  ];
  for (const { atMs, readings } of samples.toSorted((a, b) => a.atMs - b.atMs)) {
    recorder.add(startedUs + atMs * 1000, readings);
  }
  return recorder.samples();
}

function stateOf({ state }: SessionGroup): string {
  return state ?? 'not told';
}

/** Undefined for a session that is idle or only starts: it holds nobody up. */
function waitOf({ state, waitType, waitEvent }: SessionGroup): string | undefined {
  if (state === 'active') return waitType === null ? 'running' : `${waitType}: ${waitEvent}`;
  return state?.startsWith('idle in transaction') === true ? 'idle in transaction' : undefined;
}

function byFrequency(groups: readonly SessionGroup[]): readonly string[] {
  const totals = new Map<string, number>();
  for (const group of groups) {
    const wait = waitOf(group);
    if (wait !== undefined) totals.set(wait, (totals.get(wait) ?? 0) + group.sessions);
  }
  return [...totals].sort(([, a], [, b]) => b - a).map(([wait]) => wait);
}

function count(
  groups: readonly SessionGroup[],
  kindOf: (group: SessionGroup) => string | undefined,
  kind: string,
): number {
  return groups.reduce((sum, group) => sum + (kindOf(group) === kind ? group.sessions : 0), 0);
}
