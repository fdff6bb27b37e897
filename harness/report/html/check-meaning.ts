import type { CHECK_NAMES } from '../../scenario/scenario.ts';

/** What holds when a check is valid, in a few words; docs/checks.md has all of them. */
const MEANINGS: Readonly<Record<(typeof CHECK_NAMES)[number], string>> = Object.freeze({
  accounting: 'every acknowledged message is stored once and reached every group, unaltered',
  statuses: 'every item of every reply carries a word of the contract and its own id',
  connections: 'each pool stays within its budget, all within max_connections',
  'pool-hygiene': 'no session is left in a transaction, used out of turn or abandoned',
  'server-errors': 'no error, deadlock, crash or restart in the logs',
  'double-accept': 'a message that is sent twice is stored once',
  redelivery: 'nothing comes again that was completed',
  leases: 'no partition of a group is held twice at once',
  acks: 'an ack in time is taken, one under a lost lease is not',
  'partition-order': 'each partition is delivered in the order of its pushes',
  skip: 'nothing is left behind, nor in another order when it comes again',
  liveness: 'no partition stands still',
  'dead-letters': 'a message is given up after all its retries, never before',
  faults: 'every fault happened and was healed',
  failover: 'what was buffered arrived, and the server recovered in time',
  leaks: 'the server holds after the load what it held before',
  encryption: 'nothing of an encrypted queue is kept in the clear',
});

/** Undefined for a check that is not known here, as in a result of a later version. */
export function meaningOfCheck(name: string): string | undefined {
  return Object.entries(MEANINGS).find(([known]) => known === name)?.[1];
}
