import os from 'node:os';
import { execa } from 'execa';
import type { Missing } from '../history/evidence.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import type { Result } from '../report/result.ts';
import type { TargetOrder } from '../target/target-order.ts';

/** What the run ran on, for the report. */
export async function describeEnvironment(
  postgres: RunningPostgres | Missing,
  target: TargetOrder | undefined,
): Promise<Result['environment']> {
  return {
    node: process.version,
    ...(target === undefined ? {} : { target: target.baseUrl }),
    ...describePostgres(postgres),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    git: await describeGit(),
  };
}

function describePostgres(postgres: RunningPostgres | Missing) {
  if ('missing' in postgres) {
    const nothing = { postgresSettings: {}, maxConnections: null };
    return { postgres: 'a database that is not known', provider: 'none', providerReason: postgres.missing, ...nothing };
  }
  return {
    postgres: postgres.version,
    provider: postgres.provider,
    providerReason: postgres.reason,
    maxConnections: postgres.maxConnections,
    postgresSettings: { ...postgres.nonDefaultSettings },
  };
}

/** Commit of the project, with `-dirty` when files differ from it. */
async function describeGit(): Promise<string> {
  const { stdout, failed } = await execa('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
    cwd: import.meta.dirname,
    reject: false,
  });
  return failed ? 'not a git checkout' : stdout;
}
