import { readdir, readFile } from 'node:fs/promises';

/** Linux reports process times in hundredths of a second, whatever its clock runs at (USER_HZ). */
const US_PER_TICK = 10_000;

/** A process as Linux shows it. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** CPU time of the process and of its children that have ended and were reaped. */
  readonly cpuUs: number;
}

/** All processes of this machine that can be seen. Linux only: throws where there is no /proc. */
export async function readProcessTable(): Promise<readonly ProcessStat[]> {
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
