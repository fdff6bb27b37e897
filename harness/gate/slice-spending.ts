import { isMissing } from '../history/evidence.ts';
import { CpuReading } from '../measure/process-cpu.ts';
import { attempt } from '../run/attempt.ts';
import { readDatabaseSpending, spendingBetween } from '../target/database-spending.ts';
import type { Spent } from './slice.ts';
import type { SlicedServer, SlicesOrder } from './slice-order.ts';

/**
 * Reads what one server and its PostgreSQL have spent so far; the returned function reads again and tells the difference.
 * To be called while nothing is under way on either side: PostgreSQL serves both, and the other one is idle in between, so
 * all that is added is this one's. Neither throws.
 */
export async function startSpending(
  server: SlicedServer,
  { admin, postgresPid }: Pick<SlicesOrder, 'admin' | 'postgresPid'>,
): Promise<() => Promise<Spent>> {
  const read = async () => {
    const database = await attempt(() => readDatabaseSpending(admin, server.database));
    return { database, ...readCpu(server.pid, postgresPid) };
  };
  const before = await read();
  return async () => {
    const after = await read();
    const database =
      isMissing(before.database) || isMissing(after.database)
        ? { statements: undefined, writeTransactions: undefined, walBytes: undefined }
        : spendingBetween(before.database, after.database);
    return {
      ...database,
      serverCpuUs: difference(before.serverUs, after.serverUs),
      serverLoopCpuUs: difference(before.serverLoopUs, after.serverLoopUs),
      postgresCpuUs: difference(before.postgresUs, after.postgresUs),
    };
  };
}

function readCpu(serverPid: number | undefined, postgresPid: number | undefined) {
  const cpu = new CpuReading();
  return {
    serverUs: cpu.processesUs([serverPid]),
    serverLoopUs: cpu.mainThreadsUs([serverPid]),
    postgresUs: cpu.processesUs([postgresPid]),
  };
}

function difference(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
