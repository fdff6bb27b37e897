import type { RunEvidence } from '../history/evidence.ts';
import { checkAccounting } from './accounting.ts';
import { checkAcks } from './acks.ts';
import { checkConnections } from './connections.ts';
import { checkDeadLetters } from './dead-letters.ts';
import { checkDoubleAccept } from './double-accept.ts';
import { checkEncryption } from './encryption.ts';
import { checkFailover } from './failover.ts';
import { checkFaults } from './faults.ts';
import { checkLeaks } from './leaks.ts';
import { checkLeases } from './leases.ts';
import { checkLiveness } from './liveness.ts';
import { checkPartitionOrder } from './partition-order.ts';
import { checkPoolHygiene } from './pool-hygiene.ts';
import { checkRedelivery } from './redelivery.ts';
import { checkServerErrors } from './server-errors.ts';
import { checkSkip } from './skip.ts';
import { checkStatuses } from './statuses.ts';
import type { CheckResult } from './verdict.ts';

type Check = (evidence: RunEvidence) => CheckResult;

/** Every check there is, by the name that scenarios use. */
export const CHECKS = Object.freeze({
  accounting: checkAccounting,
  statuses: checkStatuses,
  connections: checkConnections,
  'pool-hygiene': checkPoolHygiene,
  'server-errors': checkServerErrors,
  'double-accept': checkDoubleAccept,
  redelivery: checkRedelivery,
  leases: checkLeases,
  faults: checkFaults,
  failover: checkFailover,
  'dead-letters': checkDeadLetters,
  leaks: checkLeaks,
  encryption: checkEncryption,
  acks: checkAcks,
  'partition-order': checkPartitionOrder,
  skip: checkSkip,
  liveness: checkLiveness,
} as const satisfies Record<string, Check>);

/** Judges one run, in the order of the names. Never throws: a check that breaks, or that nobody knows, is `unknown`. */
export function runChecks(names: readonly string[], evidence: RunEvidence): readonly CheckResult[] {
  return names.map((name) => {
    const check = checkNamed(name);
    if (check === undefined) return unknown(name, 'there is no check of this name');
    try {
      return check(evidence);
    } catch (error) {
      return unknown(name, `the check itself failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function checkNamed(name: string): Check | undefined {
  return Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof typeof CHECKS] : undefined;
}

function unknown(name: string, summary: string): CheckResult {
  return { name, verdict: 'unknown', summary, counts: {}, witness: [] };
}
