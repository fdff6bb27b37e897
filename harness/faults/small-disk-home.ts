import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isProcessRunning } from '../postgres/process-state.ts';

const run = promisify(execFile);

const NAME_START = 'queueproof-disk-';
/** `queueproof-disk-<pid of the owner>-<random>`. */
const HOME_NAME = /^queueproof-disk-(?<ownerPid>\d+)-\w+$/;

/** Where the small file system is mounted within its home. */
export function mountPointOf(home: string): string {
  return path.join(home, 'disk');
}

/** Names the machine of the owner: a process id means nothing on another one. */
function ownerFileOf(home: string): string {
  return path.join(home, 'owner-host');
}

/** Makes a folder for one small disk below the system's temporary folder. */
export async function createDiskHome(): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), `${NAME_START}${process.pid}-`));
  await writeFile(ownerFileOf(home), hostname());
  await mkdir(mountPointOf(home));
  return home;
}

/** Unmounts the disk, whoever still has a file open on it, and removes the folder. Throws when that cannot be done. */
export async function removeDiskHome(home: string): Promise<void> {
  await run('umount', ['--lazy', mountPointOf(home)]).catch((error: Error & { stderr?: string }) => {
    // It was never mounted, or is not any more.
    if (!/not mounted|no mount point/i.test(error.stderr ?? '')) throw error;
  });
  await rm(home, { recursive: true });
}

/** Removes the disks of processes of this account and machine that ended without removing them. */
export async function sweepDiskHomes(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const ownerPid = Number(HOME_NAME.exec(name)?.groups?.ownerPid);
    const home = path.join(tmpdir(), name);
    if (Number.isNaN(ownerPid) || !(await isOurs(home)) || (await isProcessRunning(ownerPid))) continue;
    // One that cannot be removed is left for the next start.
    await removeDiskHome(home).catch(() => undefined);
  }
}

async function isOurs(home: string): Promise<boolean> {
  const stats = await lstat(home).catch(() => undefined);
  if (stats?.isDirectory() !== true || stats.uid !== process.getuid?.()) return false;
  // Without the file its owner died while making the folder.
  const host = await readFile(ownerFileOf(home), 'utf8').catch(() => '');
  return host === '' || host === hostname();
}
