import type { ProcessStat } from './process-table.ts';

/** The given processes and all their descendants, as far as they are there. */
export function processTree(table: readonly ProcessStat[], pids: readonly number[]): readonly ProcessStat[] {
  const childrenOf = Map.groupBy(table, ({ parentPid }) => parentPid);
  const found = new Map<number, ProcessStat>();
  const waiting = table.filter(({ pid }) => pids.includes(pid));
  for (let stat = waiting.pop(); stat !== undefined; stat = waiting.pop()) {
    if (found.has(stat.pid)) continue;
    found.set(stat.pid, stat);
    waiting.push(...(childrenOf.get(stat.pid) ?? []));
  }
  return [...found.values()];
}
