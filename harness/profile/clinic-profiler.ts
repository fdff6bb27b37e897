import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { ProfileRecord } from '../report/profile-record.ts';
import type { ServerProfiler } from '../run/server-profiler.ts';
import type { ServerLaunch } from '../target/server-launch.ts';
import { runClinic } from './clinic-run.ts';
import { keepProfile, PROFILE_FOLDER } from './profile-folder.ts';
import type { ClinicKind } from './profile-kind.ts';

const SINGLE_PROCESS = fileURLToPath(new URL('../../server/single-process.ts', import.meta.url));

/** flame reads V8's log when the server has ended, before it ends itself. */
const STOP_LIMIT_MS = 60_000;

export interface ClinicOptions {
  readonly signal: AbortSignal;
  /** For making a page of the data. */
  readonly limitMs: number;
  /** clinic's program. */
  readonly program: string;
}

/**
 * Looks into a server of one process by clinic, from its start to its end: clinic refuses clusters, and knows no window.
 * It works in a folder of its own, as it also leaves files beside those it is asked for. Data is collected while the server
 * runs and made into a page when all else is done, so that a page that does not come costs nothing but itself.
 */
export class ClinicProfiler implements ServerProfiler, AsyncDisposable {
  readonly launch: ServerLaunch;
  readonly #kind: ClinicKind;
  readonly #folder: string;
  readonly #options: ClinicOptions;

  private constructor(kind: ClinicKind, folder: string, options: ClinicOptions) {
    this.#kind = kind;
    this.#folder = folder;
    this.#options = options;
    this.launch = {
      environment: quietEnvironment(folder),
      tool: {
        arguments: [options.program, kind, '--collect-only', '--name', 'server', '--'],
        folder,
        mainFile: SINGLE_PROCESS,
        stopTimeoutMs: STOP_LIMIT_MS,
      },
    };
  }

  static async open(kind: ClinicKind, options: ClinicOptions): Promise<ClinicProfiler> {
    return new ClinicProfiler(kind, await mkdtemp(join(tmpdir(), 'queueproof-clinic-')), options);
  }

  begin(): void {
    // From the start.
  }

  async end(): Promise<void> {
    // To the end.
  }

  async write(reportFolder: string): Promise<ProfileRecord> {
    const { program, limitMs, signal } = this.#options;
    const data = `.clinic/server.clinic-${this.#kind}`;
    const problem = await runClinic({
      arguments: [program, this.#kind, '--open=false', '--visualize-only', data],
      folder: this.#folder,
      environment: quietEnvironment(this.#folder),
      limitMs,
      signal,
    });
    await mkdir(join(reportFolder, PROFILE_FOLDER));
    const file = `${PROFILE_FOLDER}/clinic-${this.#kind}.html`;
    const failure = problem ?? (await copyPage(join(this.#folder, `${data}.html`), join(reportFolder, file)));
    return await keepProfile(reportFolder, {
      with: this.#kind,
      subject: 'the main thread of a server of one process, from its start to its end, drain included',
      files: failure === undefined ? [file] : [],
      failure: failure === undefined ? null : `clinic ${this.#kind}: ${failure}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * The program of the clinic that is installed beside queueproof.
 *
 * @throws CommandError (unavailable) when there is none, as after `npm ci --omit=dev`.
 */
export function clinicProgram(): string {
  try {
    return fileURLToPath(import.meta.resolve('clinic/bin.js'));
  } catch (error) {
    throw notInstalled(error);
  }
}

function notInstalled(cause: unknown): CommandError {
  const hint = 'npm ci installs it; --with cpu and --with heap need nothing';
  return new CommandError(EXIT_CODE.unavailable, 'clinic is not installed', { hint, cause });
}

/** Without these clinic asks a question nobody answers, asks the registry for news, and writes into the user's home. */
function quietEnvironment(folder: string): Readonly<Record<string, string>> {
  return { NO_INSIGHT: '1', NO_UPDATE_NOTIFIER: '1', HOME: folder, XDG_CONFIG_HOME: folder };
}

/** Answers with why there is no page. */
async function copyPage(from: string, to: string): Promise<string | undefined> {
  try {
    await copyFile(from, to);
    return undefined;
  } catch (error) {
    return `it ended well but left no page (${error instanceof Error ? error.message : String(error)})`;
  }
}
