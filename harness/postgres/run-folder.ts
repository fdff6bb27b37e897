import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { ServerUser } from './server-user.ts';

/** Name of a run folder: `queueproof-pg-<pid of the owner>-<random>`. */
export const RUN_FOLDER_NAME = /^queueproof-pg-(?<ownerPid>\d+)-\w+$/;

/** Where PostgreSQL keeps its data within a run folder. */
export function dataFolderOf(runFolder: string): string {
  return path.join(runFolder, 'data');
}

/** File that names the machine of the owner: a process id means nothing on another machine or in another container. */
export function ownerFileOf(runFolder: string): string {
  return path.join(runFolder, 'owner-host');
}

/** Makes a private folder for one cluster below the system's temporary folder; only the server's account may enter. */
export async function createRunFolder(user: ServerUser | undefined): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), `queueproof-pg-${process.pid}-`));
  await writeFile(ownerFileOf(folder), hostname());
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Removes a run folder; a folder that is not there is no error. */
export async function removeRunFolder(folder: string): Promise<void> {
  // Retries: a backend that is just ending may still write a file while its folder is being emptied.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
