import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { type Excuse, excuseOf, hitsOf, type Share } from './excuses.ts';

type Counted = 'sessionsKilled' | 'sessionsAbandoned' | 'sessionsFatal' | 'rollbacks';

/** How PostgreSQL logs that it gave up a statement. */
const TIME_OUT_CLASS = /^(55P03|57014) /;

/**
 * How many of these the faults of the run account for. A counter has no times, so it is numbers that limit the excuse: what
 * a fault was seen to hit, or every session the server had.
 */
export function excusedCount(evidence: RunEvidence, counter: Counted): number {
  return evidence.faults.reduce(
    (sum, fault) => {
      const excuse = excuseOf(fault);
      const own = counter === 'rollbacks' && excuse.ownRollbacks ? (fault.count ?? 1) : 0;
      return sum + own + shareCount(evidence, excuse[counter], fault.count);
    },
    timeOutShare(evidence, counter),
  );
}

/** Workers that faults killed. */
export function excusedReplacements({ faults }: RunEvidence): number {
  return faults.reduce((sum, fault) => sum + (excuseOf(fault).workersReplaced ? (hitsOf(fault) ?? 0) : 0), 0);
}

/** Whether any fault of the run excuses this. */
export function isExcused({ faults }: RunEvidence, excuses: (excuse: Excuse) => boolean): boolean {
  return faults.some((fault) => excuses(excuseOf(fault)));
}

function shareCount(evidence: RunEvidence, share: Share | undefined, count: number | undefined): number {
  if (share === 'counted') return count ?? mostSessions(evidence);
  return share === 'all' ? mostSessions(evidence) : 0;
}

/** Every time-out rolls one transaction back, whichever fault it was that made it wait. */
function timeOutShare(evidence: RunEvidence, counter: Counted): number {
  if (!isExcused(evidence, (excuse) => excuse[counter] === 'timeouts')) return 0;
  const { postgresLog } = evidence;
  // Behind a URL nobody can tell how many there were.
  if (isMissing(postgresLog)) return Number.POSITIVE_INFINITY;
  return postgresLog.problems.reduce(
    (sum, problem) => sum + (TIME_OUT_CLASS.test(problem.class) ? problem.count : 0),
    0,
  );
}

/** The most sessions the server was seen with; without limit when nobody looked. */
function mostSessions({ connections }: RunEvidence): number {
  if (isMissing(connections)) return Number.POSITIVE_INFINITY;
  return connections.samples.reduce(
    (most, { async, regular, control, unnamed }) => Math.max(most, async + regular + control + unnamed),
    0,
  );
}
