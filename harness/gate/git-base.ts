import { join } from 'node:path';
import { execa } from 'execa';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { printable } from '../report/printable.ts';

/** A version to compare with, and where the candidate stands. */
export interface GitBase {
  /** As it was asked for. */
  readonly ref: string;
  /** Full id. */
  readonly commit: string;
  /** First line of its message. */
  readonly subject: string;
  /** Folder with the repository's own `.git`. */
  readonly root: string;
  /** Of the project in the repository; empty when it is the whole. */
  readonly prefix: string;
  readonly candidate: {
    readonly commit: string;
    /** Files of the working tree differ from the commit: they are what is measured. */
    readonly isDirty: boolean;
  };
}

const SHORT_ID = 12;

/** A commit as people read it. */
export function shortId(commit: string): string {
  return commit.slice(0, SHORT_ID);
}

/**
 * Finds the commit that a ref names, in the repository of `folder`. Throws a CommandError that says what is wrong: git is not
 * there (unavailable), no repository, no such ref, or a clone too shallow to hold it (usage).
 */
export async function resolveBase(folder: string, ref: string): Promise<GitBase> {
  const git = gitIn(folder);
  const root = await git(['rev-parse', '--show-toplevel']);
  if (root === undefined) {
    throw new CommandError(
      EXIT_CODE.usage,
      `--against: ${folder} is not in a git repository, so there is no other version`,
      {
        hint: 'clone the project with git; or compare with a file: --baseline <file>, or two arms: --arms push,push-legacy',
      },
    );
  }
  const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (commit === undefined) throw await unknownRef(ref, git);
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD']);
  const changed = await git(['status', '--porcelain']);
  return {
    ref,
    commit,
    subject: printable((await git(['show', '--no-patch', '--format=%s', commit])) ?? ''),
    root,
    prefix: (await git(['rev-parse', '--show-prefix'])) ?? '',
    candidate: { commit: head ?? '', isDirty: changed !== '' },
  };
}

type Git = (words: readonly string[]) => Promise<string | undefined>;

/** Runs git in a folder; undefined when it says no. Throws a CommandError (unavailable) when it cannot be run. */
function gitIn(folder: string): Git {
  return async (words) => {
    const done = await execa('git', words, { cwd: folder, reject: false, stdin: 'ignore' });
    if (done.code === 'ENOENT') {
      throw new CommandError(EXIT_CODE.unavailable, '--against: git could not be run', {
        hint: 'install git and see that it is in PATH',
        cause: done,
      });
    }
    return done.failed ? undefined : done.stdout.trim();
  };
}

async function unknownRef(ref: string, git: Git): Promise<CommandError> {
  const what = `--against: git knows no commit "${printable(ref)}"`;
  if ((await git(['rev-parse', '--is-shallow-repository'])) === 'true') {
    return new CommandError(EXIT_CODE.usage, `${what}, and this clone is shallow: it may lie beyond its history`, {
      hint: 'git fetch --unshallow; in GitHub Actions: actions/checkout with fetch-depth: 0',
    });
  }
  return new CommandError(EXIT_CODE.usage, what, {
    hint: 'name a branch, a tag or a commit, such as main, v1.2.0 or HEAD~1; one of another clone needs git fetch first',
  });
}

/** Where the project lies in a checkout of its repository. */
export function projectIn(checkout: string, { prefix }: Pick<GitBase, 'prefix'>): string {
  return join(checkout, prefix);
}
