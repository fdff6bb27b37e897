import { readProcessTable } from './process-table.ts';

/**
 * CPU time, in microseconds, spent so far by the given processes and all their descendants, those that have ended and
 * were reaped included. Take the difference of two readings. Undefined where there is no Linux /proc, or when none of
 * the processes is there.
 */
export async function processCpuUs(pids: readonly number[]): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stats = await readProcessTable();
  const childrenOf = Map.groupBy(stats, (stat) => stat.parentPid);
  const statOf = new Map(stats.map((stat) => [stat.pid, stat]));
  const counted = new Set<number>();
  let totalUs = 0;
  const waiting = pids.map((pid) => statOf.get(pid)).filter((stat) => stat !== undefined);
  for (let stat = waiting.pop(); stat !== undefined; stat = waiting.pop()) {
    if (counted.has(stat.pid)) continue;
    counted.add(stat.pid);
    totalUs += stat.cpuUs;
    waiting.push(...(childrenOf.get(stat.pid) ?? []));
  }
  return counted.size === 0 ? undefined : totalUs;
}
