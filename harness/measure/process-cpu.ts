import { type ProcessStat, readMainThreadCpuUs, readProcessTable } from './process-table.ts';
import { processTree } from './process-tree.ts';

/**
 * CPU time of processes at one moment, however many of them are asked for: the process table is read once. Take the
 * difference of two readings. What is told is in microseconds, of the given processes and all their descendants together;
 * undefined where there is no Linux /proc, or when none of the processes is there.
 */
export class CpuReading {
  readonly #table = process.platform === 'linux' ? readProcessTable() : [];

  /** All that was spent so far, by those that have ended and were reaped too. */
  processesUs(pids: readonly (number | undefined)[]): number | undefined {
    return this.#sum(pids, ({ cpuUs }) => cpuUs);
  }

  /**
   * Of the main threads alone. What compiles and collects garbage beside them works in bursts: of one version's server the CPU
   * time of a message differed by 7 to 22 % from one half of a second to the next, that of its main thread by 4 to 12 %.
   */
  mainThreadsUs(pids: readonly (number | undefined)[]): number | undefined {
    return this.#sum(pids, ({ pid }) => readMainThreadCpuUs(pid) ?? 0);
  }

  #sum(pids: readonly (number | undefined)[], cpuUsOf: (process: ProcessStat) => number): number | undefined {
    const known = pids.filter((pid) => pid !== undefined);
    const tree = processTree(this.#table, known);
    return tree.length === 0 ? undefined : tree.reduce((sum, one) => sum + cpuUsOf(one), 0);
  }
}
