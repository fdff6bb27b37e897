import { sum } from 'simple-statistics';
import { isMissing } from '../history/evidence.ts';
import {
  type DatabaseSpending,
  readDatabaseSpending,
  type SpendingReading,
  spendingBetween,
} from '../target/database-spending.ts';
import {
  readWorkerCounters,
  type WorkersReading,
  type WorkersSpent,
  workersBetween,
} from '../target/worker-counters.ts';
import { attempt } from './attempt.ts';
import type { RunOrder } from './run-order.ts';
import type { SystemUnderTest } from './take-system.ts';

/**
 * What a load took: from before its first request to after its last reply, so with its warm-up and without the drain.
 * Undefined where it cannot be told.
 */
export interface LoadSpending {
  readonly database: DatabaseSpending | undefined;
  readonly workers: WorkersSpent | undefined;
}

interface Reading {
  readonly database: SpendingReading | undefined;
  readonly workers: WorkersReading | undefined;
}

/**
 * What several stretches of one load took together; undefined where one of them cannot tell. Of event loops the mean over
 * their time.
 */
export function spendingOf(parts: readonly LoadSpending[]): LoadSpending {
  const databases = allKnown(parts.map(({ database }) => database));
  const workers = allKnown(parts.map(({ workers: spent }) => spent));
  const statements = allKnown(databases?.map((spent) => spent.statements) ?? []);
  const elapsedMs = sum(workers?.map((spent) => spent.elapsedMs) ?? []);
  return {
    database: databases && {
      walBytes: sum(databases.map(({ walBytes }) => walBytes)),
      writeTransactions: sum(databases.map(({ writeTransactions }) => writeTransactions)),
      statements: statements && sum([...statements]),
    },
    workers: workers && {
      elapsedMs,
      busiestLoop: sum(workers.map((spent) => spent.busiestLoop * spent.elapsedMs)) / elapsedMs,
      poolWaitUs: sum(workers.map(({ poolWaitUs }) => poolWaitUs)),
      allocatedBytes: sum(workers.map(({ allocatedBytes }) => allocatedBytes)),
    },
  };
}

function allKnown<Part>(parts: readonly (Part | undefined)[]): readonly Part[] | undefined {
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** Reads now; the returned function reads again and tells what was spent meanwhile. Neither throws. */
export async function startSpending(order: RunOrder, system: SystemUnderTest): Promise<() => Promise<LoadSpending>> {
  const before = await read(order, system);
  return async () => {
    const after = await read(order, system);
    return {
      database: both(before.database, after.database, spendingBetween),
      workers: both(before.workers, after.workers, workersBetween),
    };
  };
}

/** Counters do not outlive a server that faults end and start again. */
async function read({ planned, watched }: RunOrder, { target }: SystemUnderTest): Promise<Reading> {
  if (planned.arm.faults.length > 0) return { database: undefined, workers: undefined };
  const [database, workers] = await Promise.all([
    isMissing(watched) ? watched : attempt(() => readDatabaseSpending(watched.postgres.admin, watched.database.name)),
    attempt(() => readWorkerCounters(target.baseUrl)),
  ]);
  return { database: isMissing(database) ? undefined : database, workers: isMissing(workers) ? undefined : workers };
}

function both<Part, Difference>(
  before: Part | undefined,
  after: Part | undefined,
  difference: (before: Part, after: Part) => Difference,
): Difference | undefined {
  return before === undefined || after === undefined ? undefined : difference(before, after);
}
