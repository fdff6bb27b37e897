import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { waitForProcessEnd, waitForProcessStop } from '../postgres/process-state.ts';
import { ProcessGroup } from './process-group.ts';
import { QuotedLines } from './quoted-lines.ts';
import {
  type ProcessLifecycle,
  type RunningServer,
  type ServerOptions,
  ServerRefused,
  type ServerWorker,
} from './running-server.ts';
import { serverEnvironment } from './server-environment.ts';
import { parseServerEvent } from './server-event.ts';

const SERVER_MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url));

/** The server's exit code for "this configuration cannot work here" (EX_CONFIG of sysexits.h). */
const REFUSED_EXIT_CODE = 78;

const DEFAULT_STOP_TIMEOUT_MS = 15_000;

/** How long workers may outlive their primary before they are taken for orphans and killed. */
const ORPHAN_GRACE_MS = 1000;

const SIGNAL_LIMIT_MS = 10_000;

/**
 * Starts the reference server on a port of 127.0.0.1 and returns when it listens.
 *
 * It runs in a process group of its own, so that Ctrl-C in a terminal reaches only the harness, which then stops it
 * in order; the group does not outlive the harness, however that ends.
 *
 * Throws {@link ServerRefused} when the server exits with code 78, and a CommandError that quotes the end of the log when
 * it exits otherwise or does not listen in time. Nothing is left running after a throw.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const log = (await open(options.logFile, 'a')).createWriteStream();
  const { tool, environment } = options.launch ?? {};
  const command = tool === undefined ? [] : [...tool.arguments, process.execPath];
  const child = spawn(process.execPath, [...command, tool?.mainFile ?? options.mainFile ?? SERVER_MAIN], {
    cwd: tool?.folder,
    env: {
      ...environment,
      ...serverEnvironment(options),
      FILE_BUFFER_DIR: options.bufferFolder ?? `${options.logFile}.buffer`,
      QUEEN_ENCRYPTION_KEY: options.encryptionKey ?? randomBytes(32).toString('hex'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await once(child, 'spawn');
  const server = new ServerProcess(child, log, options);
  try {
    await server.untilListening();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

class ServerProcess implements RunningServer {
  readonly pid: number;
  readonly exited: Promise<string>;
  readonly #child: Child;
  readonly #log: WriteStream;
  readonly #options: ServerOptions;
  readonly #logWritten: Promise<unknown>;
  readonly #closed: Promise<unknown>;
  readonly #listening = Promise.withResolvers<void>();
  /** All that ever were. */
  readonly #workers: ServerWorker[] = [];
  readonly #lastLines = new QuotedLines();
  readonly #group: ProcessGroup;
  #port: number | undefined;
  #refusal: string | undefined;
  #workersReplaced = 0;
  #earlyExit: string | undefined;
  #stopped: Promise<number | undefined> | undefined;

  constructor(child: Child, log: WriteStream, options: ServerOptions) {
    if (child.pid === undefined) throw new Error('a spawned process has no pid');
    this.pid = child.pid;
    this.#child = child;
    this.#log = log;
    this.#options = options;
    this.#group = new ProcessGroup(child.pid);
    // A full disk must not end the harness at once, but stop() must tell of it: kept as a value until then.
    this.#logWritten = finished(log).catch((error: unknown) => error);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const how = code === null ? `signal ${signal}` : `exit code ${code}`;
        if (this.#stopped === undefined) this.#earlyExit = how;
        resolve(how);
      });
    });
    const lines = [child.stdout, child.stderr].map((stream) => {
      const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
      reader.on('line', (line) => this.#take(line));
      return once(reader, 'close');
    });
    this.#closed = Promise.all([...lines, this.exited]);
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get lifecycle(): ProcessLifecycle {
    return {
      startedOnce: this.#port !== undefined,
      earlyExit: this.#earlyExit,
      workersReplaced: this.#workersReplaced,
      exitCode: this.#child.exitCode ?? undefined,
    };
  }

  workers(): readonly ServerWorker[] {
    return this.#workers.filter(({ pid }) => isAlive(pid));
  }

  async untilListening(): Promise<void> {
    const { startTimeoutMs } = this.#options;
    const timer = new AbortController();
    const outcome = await Promise.race([
      this.#listening.promise.then(() => 'listening' as const),
      this.exited,
      sleep(startTimeoutMs, 'late' as const, { signal: timer.signal }),
    ]);
    timer.abort();
    if (outcome === 'listening') return;
    if (outcome === 'late') {
      this.#group.kill();
      throw this.#startFailure(`the server did not listen within ${startTimeoutMs} ms`);
    }
    await this.#settle();
    if (this.#child.exitCode === REFUSED_EXIT_CODE) {
      throw new ServerRefused(this.#refusal ?? `no reason given; its last lines:\n${this.#lastLines}`);
    }
    throw this.#startFailure(`the server ended before it listened (${outcome})`);
  }

  stop(): Promise<number | undefined> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async kill(): Promise<void> {
    if (this.#stopped === undefined) {
      this.#group.kill();
      this.#stopped = this.#untilEnded();
    }
    await this.#stopped;
  }

  async pause(): Promise<void> {
    this.#group.signal('SIGSTOP');
    const all = [this.pid, ...this.workers().map(({ pid }) => pid)];
    const stopped = await Promise.all(all.map((pid) => waitForProcessStop(pid, SIGNAL_LIMIT_MS)));
    if (stopped.includes(false)) throw new Error(`the server did not stand still ${SIGNAL_LIMIT_MS} ms after SIGSTOP`);
  }

  resume(): void {
    this.#group.signal('SIGCONT');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop().then(() => undefined);
  }

  async #stop(): Promise<number | undefined> {
    const { tool } = this.#options.launch ?? {};
    // A tool waits for its child, the server, to end as after Ctrl-C.
    if (tool === undefined) this.#child.kill('SIGTERM');
    else this.#group.signal('SIGINT');
    const stopTimeoutMs = tool?.stopTimeoutMs ?? this.#options.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS;
    if (!(await endsWithin(this.exited, stopTimeoutMs))) this.#group.kill();
    return await this.#untilEnded();
  }

  async #untilEnded(): Promise<number | undefined> {
    await this.exited;
    await this.#settle();
    this.#group[Symbol.dispose]();
    this.#log.end();
    const logError = await this.#logWritten;
    if (logError instanceof Error) throw new Error(`cannot write ${this.#options.logFile}`, { cause: logError });
    return this.#child.exitCode ?? undefined;
  }

  /** Waits for the last line and the last process. Workers that outlive the primary keep the pipes open; they are killed after a grace. */
  async #settle(): Promise<void> {
    if (!(await endsWithin(this.#closed, ORPHAN_GRACE_MS))) this.#group.kill();
    await this.#closed;
    // A process lets go of the log first, and of its connections a little later.
    await Promise.all(this.#workers.map(({ pid }) => waitForProcessEnd(pid, ORPHAN_GRACE_MS)));
  }

  #take(line: string): void {
    this.#log.write(`${line}\n`);
    this.#lastLines.add(line);
    const entry = parseServerEvent(line);
    if (entry === undefined) return;
    if (entry.event === 'listening' && typeof entry.port === 'number') {
      this.#port = entry.port;
      this.#listening.resolve();
    } else if (entry.event === 'refused' && typeof entry.reason === 'string') {
      this.#refusal = entry.reason;
    } else if (entry.event === 'worker-started' && typeof entry.workerPid === 'number') {
      const { number, workerPid: pid } = entry;
      this.#workers.push({ number: typeof number === 'number' ? number : this.#workers.length + 1, pid });
    } else if (entry.event === 'worker-replaced') {
      this.#workersReplaced += 1;
    }
  }

  #startFailure(what: string): CommandError {
    return new CommandError(EXIT_CODE.unavailable, `${what}; its last lines:\n${this.#lastLines}`, {
      hint: `the whole log is in ${this.#options.logFile}`,
    });
  }
}

async function endsWithin(end: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const ended = await Promise.race([end.then(() => true), sleep(timeoutMs, false, { signal: timer.signal })]);
  timer.abort();
  return ended;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: gone. EPERM: the number now belongs to somebody else's process, so ours is gone too.
    return false;
  }
}
