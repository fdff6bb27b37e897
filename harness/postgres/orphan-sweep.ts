import { lstat, readdir, readFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { isProcessRunning, processCommand } from './process-state.ts';
import { dataFolderOf, ownerFileOf, RUN_FOLDER_NAME, removeRunFolder } from './run-folder.ts';
import { endServer } from './server-processes.ts';
import type { ServerUser } from './server-user.ts';

/**
 * Removes what earlier processes of this machine left behind when they could not clean up: run folders whose owner is
 * dead, together with the postmaster that still serves them. Folders of other accounts and other machines are left
 * alone; one that cannot be removed is left for the next start. Resolves to the folders removed.
 */
export async function sweepOrphans(user: ServerUser | undefined): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(tmpdir())) {
    const ownerPid = Number(RUN_FOLDER_NAME.exec(name)?.groups?.ownerPid);
    const folder = path.join(tmpdir(), name);
    if (Number.isNaN(ownerPid) || !(await isOurs(folder, user)) || (await isProcessRunning(ownerPid))) continue;
    const gone = await removeOrphan(folder).then(
      () => true,
      () => false,
    );
    if (gone) removed.push(folder);
  }
  return removed;
}

/** A folder (no link) of our account or of the server's account, made on this machine. */
async function isOurs(folder: string, user: ServerUser | undefined): Promise<boolean> {
  const stats = await lstat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true) return false;
  if (stats.uid !== process.getuid?.() && stats.uid !== user?.uid) return false;
  // Without the file its owner died while making the folder.
  const host = await readFile(ownerFileOf(folder), 'utf8').catch(() => '');
  return host === '' || host === hostname();
}

async function removeOrphan(folder: string): Promise<void> {
  const pidFile = await readFile(path.join(dataFolderOf(folder), 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Math.abs(Number.parseInt(pidFile, 10));
  // The number may belong to another program by now: only a postgres that was started for this folder is stopped.
  if (pid > 1 && (await processCommand(pid)).includes(dataFolderOf(folder))) {
    await endServer(pid);
  }
  await removeRunFolder(folder);
}
