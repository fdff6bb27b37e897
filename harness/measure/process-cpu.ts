import { type ProcessStat, readMainThreadCpuUs, readProcessTable } from './process-table.ts';
import { processTree } from './process-tree.ts';

/**
 * CPU time, in microseconds, spent so far by the given processes and all their descendants, those that have ended and
 * were reaped included. Take the difference of two readings. Undefined where there is no Linux /proc, or when none of
 * the processes is there.
 */
export function processCpuUs(pids: readonly number[]): number | undefined {
  return sumOver(pids, ({ cpuUs }) => cpuUs);
}

/**
 * The same of their main threads alone. What compiles and collects garbage beside them works in bursts: of one version's
 * server the CPU time of a message differed by 9 to 20 % from one third of a second to the next, that of its main thread by
 * 4 to 12 %.
 */
export function mainThreadsCpuUs(pids: readonly number[]): number | undefined {
  return sumOver(pids, ({ pid }) => readMainThreadCpuUs(pid) ?? 0);
}

function sumOver(pids: readonly number[], cpuUsOf: (process: ProcessStat) => number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const tree = processTree(readProcessTable(), pids);
  return tree.length === 0 ? undefined : tree.reduce((sum, one) => sum + cpuUsOf(one), 0);
}
