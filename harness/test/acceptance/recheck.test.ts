import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runChecks } from '../../checkers/run-checks.ts';
import type { RunEvidence } from '../../history/evidence.ts';
import { writeEvidence } from '../../history/evidence-file.ts';
import type { CheckRecord } from '../../report/result.ts';
import { signOfVerdict } from '../../report/verdict-sign.ts';
import { evidence, story } from '../checkers-evidence.ts';
import { received } from '../told-run.ts';
import { CliSandbox, runMain } from './run-cli.ts';

const MAIN = new URL('../../recheck/main.ts', import.meta.url).pathname;

const recheck = (...words: readonly string[]) => runMain(MAIN, words);

/** Evidence of a run of three messages that were acknowledged and stored, and delivered so often. */
function run(...delivered: readonly number[]): RunEvidence {
  const told = { ...story(['queued', 'queued', 'queued']), delivered: [...delivered] };
  return evidence({ consumption: received(told) }, told);
}

const good = () => run(1, 1, 1);
/** Message 1 reached nobody. */
const planted = () => run(1, 0, 1);

const ASKED = ['accounting', 'statuses', 'connections', 'pool-hygiene', 'server-errors'] as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-recheck-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Writes a report folder by hand: the histories, and a result.json that says what its checks said. */
async function report(runs: readonly RunEvidence[], said: readonly RunEvidence[] = runs): Promise<void> {
  const checks = [];
  for (const [index, run] of runs.entries()) {
    const about = { arm: 'push', round: index + 1, checks: ASKED };
    await writeEvidence(folder, index + 1, { ...about, evidence: run });
    const results = runChecks(ASKED, said[index] ?? run);
    checks.push(...results.map((result) => ({ ...result, arm: 'push', round: index + 1 })));
  }
  await writeFile(join(folder, 'result.json'), JSON.stringify({ schemaVersion: 1, checks }));
}

test('a good report is judged again, run by run, and passes', async () => {
  await report([good(), good()]);
  const { exitCode, stdout, stderr } = await recheck(folder);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/push, round 1 .*history-01\.qph[\s\S]*push, round 2 .*history-02\.qph/);
  expect(stdout).toContain('✓ accounting: 0 lost of 3 acknowledged');
  expect(stdout).toContain('✓ 10 of 10 checks valid in 2 runs, exit code 0');
  expect(exitCode).toBe(0);
});

test('what a real run leaves behind is judged the same again, word for word', async () => {
  await using sandbox = await CliSandbox.create();
  const scenario = await sandbox.run(['seed-validation', '--postgres', 'embedded']);
  const { stdout, stderr } = await recheck(join(sandbox.reports, 'latest'));
  expect(stderr, scenario.stdout).toBe('');
  expect(stdout).toMatch(/run, round 1 .*1,000 messages.*history-01\.qph/);
  const { checks } = (await sandbox.latestResult()) as { readonly checks: readonly CheckRecord[] };
  expect(checks.length).toBeGreaterThan(3);
  // Whatever they are: on a busy machine a check may lack samples, and says so again.
  for (const { name, verdict, summary } of checks) {
    expect(stdout).toContain(`${signOfVerdict(verdict).symbol} ${name}: ${summary}`);
  }
  expect(stdout).not.toContain('≠');
});

test('a planted loss is invalid, with its witness, although the report says valid', async () => {
  await report([good(), planted()], [good(), good()]);
  const { exitCode, stdout } = await recheck(folder);
  expect(stdout).toMatch(/✗ accounting: of 3 acknowledged: 1 \w+/);
  expect(stdout).toMatch(/message 1 \(transaction id run'1-1, producer 7/);
  expect(stdout).toContain('≠ the report says valid');
  expect(stdout).toContain('≠ the report counts 0 lost, not 1');
  expect(exitCode).toBe(1);
});

test('a report that accuses where the history acquits is a difference, and no pass', async () => {
  await report([good()], [planted()]);
  const { exitCode, stdout } = await recheck(folder);
  expect(stdout).toContain('✓ accounting');
  expect(stdout).toContain('≠ the report says invalid');
  expect(stdout).toContain('5 of 5 checks valid in 1 run, 1 not as reported, exit code 1');
  expect(exitCode).toBe(1);
});

test('--check makes only that check, also one that was not asked for', async () => {
  await report([planted()]);
  const statuses = await recheck(folder, '--check', 'statuses');
  expect([statuses.exitCode, statuses.stdout.includes('accounting')]).toEqual([0, false]);
  const acks = await recheck(folder, '--check', 'acks', '--check', 'statuses');
  expect(acks.stdout).toContain('? acks: cannot be judged');
  expect(acks.exitCode).toBe(3);
});

test('a damaged history, a missing one and a report that cannot be read are told, and the rest is judged', async () => {
  await report([good(), good(), good()]);
  const file = join(folder, 'history-02.qph');
  const bytes = await readFile(file);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await writeFile(file, bytes);
  await rm(join(folder, 'history-03.qph'));
  const damaged = await recheck(folder);
  expect(damaged.stdout).toMatch(/\? history-02\.qph: the history cannot be read: it is damaged or cut off/);
  expect(damaged.stdout).toContain('? push, round 3 is in the report, and not among the histories');
  expect(damaged.stdout).toContain('5 of 5 checks valid in 1 run, exit code 3');
  expect(damaged.exitCode).toBe(3);
  await report([good()]);
  await rm(file);
  await writeFile(join(folder, 'result.json'), '{"checks": 7}');
  const incomparable = await recheck(folder);
  expect(incomparable.stdout).toContain('nothing to compare with: result.json is not that of a run: /checks');
  expect(incomparable.exitCode).toBe(3);
});

test('text of a history cannot move the cursor', async () => {
  await writeEvidence(folder, 1, { arm: 'a\u001b[2Jb', round: 1, checks: ['\u001b[31m'], evidence: good() });
  const { stdout } = await recheck(folder);
  expect(stdout).toContain('there is no check of this name');
  expect(stdout).not.toContain('\u001b');
});

test('latest is followed, as a link and as the text file that stands for one', async () => {
  await report([good()]);
  const link = `${folder}-latest`;
  try {
    await symlink(folder, link);
    expect((await recheck(link)).exitCode).toBe(0);
    await rm(link);
    await writeFile(link, `${folder}\n`);
    expect((await recheck(link)).exitCode).toBe(0);
    await rm(link);
    await symlink('gone', link);
    const { exitCode, stderr } = await recheck(link);
    expect(stderr).toContain(`${link} points to gone, which is not there`);
    expect(exitCode).toBe(64);
  } finally {
    await rm(link, { force: true });
  }
});

describe('what cannot be rechecked ends with 64 and says what to name', () => {
  test.each([
    ['no such folder', (at: string) => [join(at, 'nowhere')], 'There is no folder'],
    ['a folder without histories', (at: string) => [at], 'holds no history: no file is named history-NN.qph'],
    ['a file', (at: string) => [join(at, 'result.json')], 'is a file, not a report folder'],
    ['a check that is none', (at: string) => [at, '--check', 'acounting'], 'did you mean "accounting"?'],
    ['two folders', (at: string) => [at, at], 'too many arguments'],
  ])('%s', async (_, words, message) => {
    await writeFile(join(folder, 'result.json'), '{}');
    const { exitCode, stderr } = await recheck(...words(folder));
    expect(stderr).toContain(message);
    expect(exitCode).toBe(64);
  });
});
