import { readdir, readFile } from 'node:fs/promises';

/** Command lines of the live processes whose environment holds `TMPDIR=<folder>`: all that a run started. Linux only. */
export async function processesOf(temporary: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => describeIfOurs(pid, temporary)));
  return found.filter((line) => line !== undefined);
}

async function describeIfOurs(pid: string, temporary: string): Promise<string | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    // A process that has ended but was not yet reaped has neither.
    const ours = environment.includes(temporary) || command.includes(temporary);
    return ours ? `${pid} ${command.replaceAll('\0', ' ')}` : undefined;
  } catch (error) {
    // It ended between the listing and the reading, or belongs to somebody else.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
