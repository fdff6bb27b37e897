import os from 'node:os';
import { execa } from 'execa';
import type { RunningPostgres } from '../postgres/provider.ts';
import type { Result } from '../report/result.ts';

/** What the run ran on, for the report. */
export async function describeEnvironment(postgres: RunningPostgres): Promise<Result['environment']> {
  return {
    node: process.version,
    postgres: postgres.version,
    provider: postgres.provider,
    providerReason: postgres.reason,
    maxConnections: postgres.maxConnections,
    postgresSettings: { ...postgres.nonDefaultSettings },
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    git: await describeGit(),
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
