import { readProcessStatus, sharedOnceBytes } from '../measure/process-status.ts';
import { type ProcessStat, readProcessTable } from '../measure/process-table.ts';
import { processTree } from '../measure/process-tree.ts';
import type { SystemReading } from '../measure/system-samples.ts';
import type { ServerUnderTest } from './server-under-test.ts';

/** Whose processes are looked at; what is undefined is not ours to look at. */
export interface WatchedProcesses {
  readonly server: Pick<ServerUnderTest, 'pid' | 'workers'> | undefined;
  /** Of the postmaster that lives now. */
  readonly postgresPid: () => number | undefined;
}

interface Table {
  readonly atUs: number;
  readonly ownCpuUs: ReadonlyMap<number, number>;
}

/** CPU and memory of the server's processes, each by itself, and of PostgreSQL's in all. Needs Linux's /proc. */
export class ProcessSampler {
  readonly #watched: WatchedProcesses;
  #before: Table | undefined;

  constructor(watched: WatchedProcesses) {
    this.#watched = watched;
  }

  /** CPU is that since the last look: the first look tells memory alone. Processes that are gone are left out. */
  look(atUs: number): readonly SystemReading[] {
    const table = readProcessTable();
    const before = this.#before;
    this.#before = { atUs, ownCpuUs: new Map(table.map(({ pid, ownCpuUs }) => [pid, ownCpuUs])) };
    return [...this.#groups(table)].flatMap(([of, processes]) => {
      const statuses = processes.map(({ pid }) => readProcessStatus(pid)).filter((status) => status !== undefined);
      if (statuses.length === 0) return [];
      const memory = { metric: 'rssBytes', of, value: sharedOnceBytes(statuses) } as const;
      if (before === undefined) return [memory];
      return [memory, { metric: 'cpuCores', of, value: spentSince(before, processes) / (atUs - before.atUs) } as const];
    });
  }

  *#groups(table: readonly ProcessStat[]): Generator<readonly [of: string, processes: readonly ProcessStat[]]> {
    const { server, postgresPid } = this.#watched;
    if (server !== undefined) {
      yield ['primary', table.filter(({ pid }) => pid === server.pid)];
      for (const { number, pid: workerPid } of server.workers()) {
        yield [`worker ${number}`, table.filter(({ pid }) => pid === workerPid)];
      }
    }
    const postmaster = postgresPid();
    if (postmaster !== undefined) yield ['PostgreSQL', processTree(table, [postmaster])];
  }
}

/** A process that was not there before has spent all it has since; one that has ended takes the last of its time along. */
function spentSince({ ownCpuUs: before }: Table, processes: readonly ProcessStat[]): number {
  return processes.reduce((sum, { pid, ownCpuUs }) => sum + Math.max(0, ownCpuUs - (before.get(pid) ?? 0)), 0);
}
