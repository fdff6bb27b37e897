import type { Inject } from './fault.ts';
import { explainRefusal } from './missing-right.ts';
import { SlowTrigger } from './slow-trigger.ts';

const DEFAULT_DELAY_MS = 100;
/** Where a push, and where a pop or an acknowledgement, writes. */
const TABLES = ['messages', 'partition_consumers'];

/**
 * Statements that write messages, leases or acknowledgements sleep first, while they hold the locks they have taken: a
 * database whose disk is slow.
 *
 * From outside, a trigger is the one thing that makes single statements slow for every role: row security does not concern
 * superusers, `commit_delay` ends at 100 ms, and CPU time that is taken away is taken from all of the machine. Statements
 * that only read are not slowed; `network-latency` slows those, too.
 */
export const slowQueries: Inject = async ({ database, schema }, { delayMs = DEFAULT_DELAY_MS }) => {
  const trigger = new SlowTrigger({ database, schema, tables: TABLES, delayMs });
  try {
    await trigger.install();
  } catch (error) {
    await trigger.remove();
    throw explainRefusal(error, `to own ${TABLES.join(' and ')}, and CREATE on the schema ${schema}`);
  }
  return {
    detail: `writing statements on ${TABLES.join(' and ')} sleep ${Math.round(delayMs)} ms`,
    heal: () => trigger.remove(),
  };
};
