import { access, lstat, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { isProcessRunning } from '../postgres/process-state.ts';
import { type GitBase, projectIn, shortId } from './git-base.ts';

/** The base, checked out and installed. Disposing it removes it, and git forgets it. */
export interface BaseTree extends AsyncDisposable {
  /** The project's folder in it. */
  readonly folder: string;
  /** Main file of its server. */
  readonly program: string;
  /** How it got its packages, in words. */
  readonly installation: string;
}

const FOLDER_NAME = /^queueproof-gate-(?<ownerPid>\d+)-\w+$/;
const OWNER_FILE = 'owner-host';
const CHECKOUT = 'tree';
const LAST_LINES = 15;

/**
 * Checks the base out into a folder of its own, outside of the project and of its tests and linters, and installs it: with
 * the candidate's packages where both have the same lock file, else with `npm ci`. What an earlier gate left behind when it
 * was killed is removed first.
 *
 * Throws a CommandError when that cannot be done, and the signal's reason on abort; nothing is left behind then.
 */
export async function checkOutBase(base: GitBase, project: string, signal: AbortSignal): Promise<BaseTree> {
  await sweepTrees(base.root);
  const parent = await mkdtemp(join(await realpath(tmpdir()), `queueproof-gate-${process.pid}-`));
  const remove = () => removeTree(base.root, parent);
  try {
    await writeFile(join(parent, OWNER_FILE), hostname());
    const checkout = join(parent, CHECKOUT);
    await git(base.root, ['worktree', 'add', '--detach', '--force', checkout, base.commit], signal);
    const folder = projectIn(checkout, base);
    const program = join(folder, 'server', 'main.ts');
    await access(program).catch((cause: unknown) => {
      throw new CommandError(
        EXIT_CODE.usage,
        `--against: ${base.ref} (${shortId(base.commit)}) has no server/main.ts`,
        {
          hint: 'name a commit that has a server to compare with',
          cause,
        },
      );
    });
    const installation = await install(folder, project, signal);
    return { folder, program, installation, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    signal.throwIfAborted();
    throw error;
  }
}

async function install(folder: string, project: string, signal: AbortSignal): Promise<string> {
  const lock = (of: string) => readFile(join(of, 'package-lock.json'), 'utf8').catch(() => undefined);
  const [theirs, ours] = [await lock(folder), await lock(project)];
  if (theirs !== undefined && theirs === ours) {
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'), 'dir');
    return "the candidate's packages: both have the same package-lock.json";
  }
  const done = await execa('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], {
    ...{ cwd: folder, reject: false, all: true, stdin: 'ignore' },
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  signal.throwIfAborted();
  if (!done.failed) return 'npm ci: its package-lock.json differs from the candidate’s';
  const last = (done.all ?? done.shortMessage ?? '').split('\n').slice(-LAST_LINES).join('\n');
  throw new CommandError(EXIT_CODE.unavailable, `npm ci of the base failed:\n${last}`, {
    hint: 'see that npm reaches its registry, and that the base installs at all',
  });
}

/** Removes the trees of gates on this machine whose process is gone; those of others, and of other machines, stay. */
async function sweepTrees(root: string): Promise<void> {
  const temporary = await realpath(tmpdir());
  for (const name of await readdir(temporary)) {
    const ownerPid = Number(FOLDER_NAME.exec(name)?.groups?.ownerPid);
    const parent = join(temporary, name);
    if (Number.isNaN(ownerPid) || !(await isOurs(parent)) || (await isProcessRunning(ownerPid))) continue;
    await removeTree(root, parent);
  }
}

async function isOurs(parent: string): Promise<boolean> {
  const stats = await lstat(parent).catch(() => undefined);
  if (stats?.isDirectory() !== true || stats.uid !== process.getuid?.()) return false;
  // Without the file its owner died while making the folder.
  const host = await readFile(join(parent, OWNER_FILE), 'utf8').catch(() => '');
  return host === '' || host === hostname();
}

/** The folder first, and then git's own note of it: a note without a folder is what `prune` looks for. */
async function removeTree(root: string, parent: string): Promise<void> {
  await rm(parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  await git(root, ['worktree', 'prune']);
}

async function git(root: string, words: readonly string[], signal?: AbortSignal): Promise<void> {
  const done = await execa('git', words, {
    ...{ cwd: root, reject: false, stdin: 'ignore' },
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (!done.failed) return;
  signal?.throwIfAborted();
  throw new CommandError(EXIT_CODE.unavailable, `git ${words[0]} ${words[1]} failed: ${done.stderr.trim()}`, {
    hint: 'git status and git worktree list tell more',
    cause: done,
  });
}
