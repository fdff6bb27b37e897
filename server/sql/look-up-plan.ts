import type { Statement } from '../pool/pool-member.ts';

/**
 * Makes PostgreSQL walk indexes, one look-up a partition, until the transaction ends. Its statistics know how many messages
 * an average partition has; with a million in one of 10,000 partitions it would read the whole table for each of them,
 * and ran into the statement time-out where look-ups take half a second. Compiling such statements costs more than running
 * them.
 */
export function pinLookUpPlanStatement(): Statement {
  return {
    name: 'pin-look-up-plan',
    text: `
      select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
             set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
             set_config('jit', 'off', true)`,
  };
}
