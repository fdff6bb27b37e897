import os from 'node:os';
import { execa } from 'execa';

/** What figures depend on beside the work itself. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
  /** Commit of the project, with `-dirty` when files differ from it. */
  readonly git: string;
}

/** The machine this process runs on, and the version of the project. */
export async function describeMachine(): Promise<Machine> {
  return {
    node: process.version,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    git: await describeGit(),
  };
}

async function describeGit(): Promise<string> {
  const { stdout, failed } = await execa('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
    cwd: import.meta.dirname,
    reject: false,
  });
  return failed ? 'not a git checkout' : stdout;
}
