import { access, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkOutBase } from '../gate/base-tree.ts';
import { resolveBase } from '../gate/git-base.ts';

const AUTHOR = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
const never = new AbortController().signal;

/** A repository of two versions of a project in a folder of its own, and a place for its temporary files. */
let root: string;
let repository: string;
let formerTmpdir: string | undefined;

const git = (folder: string, ...words: string[]) => execa('git', [...AUTHOR, ...words], { cwd: folder });

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'queueproof-test-git-')));
  repository = join(root, 'repository');
  await mkdir(join(root, 'tmp'));
  formerTmpdir = process.env.TMPDIR;
  process.env.TMPDIR = join(root, 'tmp');
  await mkdir(join(repository, 'server'), { recursive: true });
  await mkdir(join(repository, 'node_modules', 'known'), { recursive: true });
  await git(repository, 'init', '--initial-branch', 'main');
  await writeFile(join(repository, '.gitignore'), 'node_modules\n');
  await writeFile(join(repository, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
  await commit('first');
  await commit('second');
});

afterEach(async () => {
  if (formerTmpdir === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = formerTmpdir;
  await rm(root, { recursive: true, force: true });
});

async function commit(version: string): Promise<void> {
  await writeFile(join(repository, 'server', 'main.ts'), `export const version = '${version}';\n`);
  await git(repository, 'add', '.');
  await git(repository, 'commit', '-m', `${version} version\n\nmore words`);
}

/** npm and Node.js leave caches of their own in a folder for temporary files. */
const leftovers = async () => (await readdir(join(root, 'tmp'))).filter((name) => name.startsWith('queueproof'));

const worktrees = async () => (await git(repository, 'worktree', 'list')).stdout.split('\n').length;

test('a ref is resolved to its commit, and the candidate told to be as committed or not', async () => {
  const base = await resolveBase(repository, 'HEAD~1');
  expect(base).toMatchObject({ ref: 'HEAD~1', subject: 'first version', root: repository, prefix: '' });
  expect(base.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(base.candidate).toMatchObject({ isDirty: false });
  expect(base.candidate.commit).not.toBe(base.commit);
  await writeFile(join(repository, 'new.txt'), 'x');
  expect((await resolveBase(repository, 'main')).candidate.isDirty).toBe(true);
});

test.each(['nowhere', '--help', 'HEAD~99', 'HEAD:server'])(
  '%s is no commit, and the error says what is',
  async (ref) => {
    await expect(resolveBase(repository, ref)).rejects.toMatchObject({
      exitCode: 64,
      message: `--against: git knows no commit "${ref}"`,
      hint: expect.stringContaining('HEAD~1'),
    });
  },
);

test('a shallow clone says how it gets its history', async () => {
  const shallow = join(root, 'shallow');
  await git(root, 'clone', '--depth', '1', pathToFileURL(repository).href, shallow);
  await expect(resolveBase(shallow, 'HEAD~1')).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('this clone is shallow'),
    hint: expect.stringContaining('git fetch --unshallow'),
  });
});

test('outside of a repository there is nothing to compare with', async () => {
  await expect(resolveBase(join(root, 'tmp'), 'HEAD')).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('is not in a git repository'),
  });
});

test('the base is checked out aside with the same packages, and gone afterwards', async () => {
  const base = await resolveBase(repository, 'HEAD~1');
  let folder: string;
  {
    await using tree = await checkOutBase(base, repository, never);
    ({ folder } = tree);
    expect(folder.startsWith(repository)).toBe(false);
    expect(await readFile(tree.program, 'utf8')).toContain("'first'");
    expect(tree.installation).toContain('the same package-lock.json');
    expect((await lstat(join(folder, 'node_modules'))).isSymbolicLink()).toBe(true);
    await access(join(folder, 'node_modules', 'known'));
    expect(await worktrees()).toBe(2);
  }
  expect(await leftovers()).toEqual([]);
  expect(await worktrees()).toBe(1);
  await access(join(repository, 'node_modules', 'known'));
});

test('with another lock file it is installed by npm ci', async () => {
  await writeFile(join(repository, 'package.json'), '{"name":"t","version":"1.0.0"}');
  const lock = { name: 't', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 't', version: '1.0.0' } } };
  await writeFile(join(repository, 'package-lock.json'), JSON.stringify(lock));
  await commit('third');
  await writeFile(join(repository, 'package-lock.json'), `${JSON.stringify(lock)}\n`);
  await using tree = await checkOutBase(await resolveBase(repository, 'HEAD'), repository, never);
  expect(tree.installation).toContain('npm ci');
});

test('a base that cannot be installed leaves nothing behind, and its error quotes npm', async () => {
  await writeFile(join(repository, 'package-lock.json'), '{}');
  await expect(checkOutBase(await resolveBase(repository, 'HEAD'), repository, never)).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringContaining('npm ci of the base failed'),
  });
  expect(await leftovers()).toEqual([]);
  expect(await worktrees()).toBe(1);
});

test('a base without a server is refused, and nothing is left behind', async () => {
  await git(repository, 'rm', '-r', 'server');
  await git(repository, 'commit', '-m', 'no server');
  const base = await resolveBase(repository, 'HEAD');
  await expect(checkOutBase(base, repository, never)).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('has no server/main.ts'),
  });
  expect(await leftovers()).toEqual([]);
});

test('what a gate left behind when it was killed is swept by the next one, and nothing else', async () => {
  const gone = 2 ** 22 - 3;
  const [ours, foreign, living] = [
    join(root, 'tmp', `queueproof-gate-${gone}-abcdef`),
    join(root, 'tmp', `queueproof-gate-${gone}-ghijkl`),
    join(root, 'tmp', `queueproof-gate-${process.ppid}-mnopqr`),
  ];
  for (const [folder, host] of [
    [ours, hostname()],
    [foreign, 'another-machine'],
    [living, hostname()],
  ] as const) {
    await mkdir(folder);
    await writeFile(join(folder, 'owner-host'), host);
  }
  await git(repository, 'worktree', 'add', '--detach', join(ours, 'tree'), 'HEAD');
  {
    await using _tree = await checkOutBase(await resolveBase(repository, 'HEAD'), repository, never);
    await expect(access(ours)).rejects.toThrow();
    await access(foreign);
    await access(living);
  }
  expect(await worktrees()).toBe(1);
});
