import { readdir, readFile } from 'node:fs/promises';

/** Linux reports process times in hundredths of a second, whatever its clock runs at (USER_HZ). */
const US_PER_TICK = 10_000;

interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  readonly cpuUs: number;
}

/**
 * CPU time, in microseconds, spent so far by the given processes and all their descendants, those that have ended and
 * were reaped included. Take the difference of two readings. Undefined where there is no Linux /proc, or when none of
 * the processes is there.
 */
export async function processCpuUs(pids: readonly number[]): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const stats = await readAllStats();
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

async function readAllStats(): Promise<readonly ProcessStat[]> {
  const names = await readdir('/proc');
  const stats = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readStat));
  return stats.filter((stat) => stat !== undefined);
}

async function readStat(pid: string): Promise<ProcessStat | undefined> {
  try {
    return parseStat(Number(pid), await readFile(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    // It ended between the listing and the reading.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
}

/** Reads a line of /proc/<pid>/stat; the command in brackets may hold anything, so the fields are counted after it. */
function parseStat(pid: number, line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15).map(Number);
  return {
    pid,
    parentPid: Number(fields[1]),
    cpuUs: (user + system + reapedUser + reapedSystem) * US_PER_TICK,
  };
}
