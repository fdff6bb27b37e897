import { readProcessTable } from './process-table.ts';
import { processTree } from './process-tree.ts';

/**
 * CPU time, in microseconds, spent so far by the given processes and all their descendants, those that have ended and
 * were reaped included. Take the difference of two readings. Undefined where there is no Linux /proc, or when none of
 * the processes is there.
 */
export async function processCpuUs(pids: readonly number[]): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const tree = processTree(readProcessTable(), pids);
  return tree.length === 0 ? undefined : tree.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
}
