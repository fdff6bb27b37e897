import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = new URL('../../main.ts', import.meta.url).pathname;

export interface CliRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder for reports and one for temporary files of a test; both are removed when it is disposed. */
export class CliSandbox implements AsyncDisposable {
  /** The program of `npm run scenario`. */
  static readonly program = MAIN;
  readonly reports: string;
  readonly temporary: string;
  readonly #main: string;

  private constructor(main: string, reports: string, temporary: string) {
    this.#main = main;
    this.reports = reports;
    this.temporary = temporary;
  }

  /** `main` is the program; that of `npm run scenario` when absent. */
  static async create(main = MAIN): Promise<CliSandbox> {
    const prefix = join(tmpdir(), 'queueproof-acceptance-');
    const temporary = await mkdtemp(`${prefix}tmp-`);
    // Under root, PostgreSQL runs as somebody else, who has to get in.
    await chmod(temporary, 0o755);
    return new CliSandbox(main, await mkdtemp(`${prefix}reports-`), temporary);
  }

  /** Starts the command line as `npm run … -- <words>` does; the process is its own group, as in a terminal. */
  start(words: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
    return spawn(process.execPath, [this.#main, ...words, '--reports', this.reports], {
      env: { ...process.env, CI: 'true', TMPDIR: this.temporary, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  async run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliRun> {
    return await finish(this.start(words, environment));
  }

  /** result.json behind the `latest` link. */
  async latestResult(): Promise<Record<string, unknown>> {
    return JSON.parse(await readFile(join(this.reports, 'latest', 'result.json'), 'utf8')) as Record<string, unknown>;
  }

  /** What a run left in the folder for temporary files. */
  async leftovers(): Promise<readonly string[]> {
    return (await readdir(this.temporary)).filter((name) => name.startsWith('queueproof'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.reports, { recursive: true, force: true });
    await rm(this.temporary, { recursive: true, force: true });
  }
}

/** Runs a program that needs no folders of its own, as in CI. */
export async function runMain(main: string, words: readonly string[]): Promise<CliRun> {
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return await finish(child);
}

/** Collects a process's output until it ends. */
export async function finish(child: ChildProcess): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}
