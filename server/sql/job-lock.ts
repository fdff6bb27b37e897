import type { Statement } from '../pool/pool-member.ts';

/** Keys of advisory locks: arbitrary constants, the class apart from the one of the migrations. */
const LOCK_CLASS = 6_632_002;
const JOB_KEYS = Object.freeze({ retention: 1, eviction: 2, reclaim: 3, records: 4 });

export type ExclusiveJob = keyof typeof JOB_KEYS;

export interface JobLockRow {
  readonly locked: boolean;
}

/** Tries to get the job's lock until the end of the transaction: {@link JobLockRow}. */
export function tryJobLockStatement(job: ExclusiveJob): Statement {
  return {
    name: 'try-job-lock',
    text: 'select pg_try_advisory_xact_lock($1, $2) as locked',
    values: [LOCK_CLASS, JOB_KEYS[job]],
  };
}
