import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, type Dispatcher, Pool } from 'undici';
import { expect, vi } from 'vitest';
import { SOON, type TestDatabase } from './test-database.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
/** Enough for every route and few enough for several servers on one PostgreSQL: 9 connections, 5 async and 4 regular. */
const SMALL_POOL = '10';

/** Bound on a start; threads that load code beside other tests take their time. */
const STARTED = Object.freeze({ timeout: 30_000, interval: 10 });

type Environment = Readonly<Record<string, string>>;

/** A line of the server's log: pino's JSON. */
export interface LogLine {
  readonly level: number;
  readonly msg?: string;
  readonly event?: string;
  readonly reason?: string;
  readonly port?: number;
  readonly workerPid?: number;
}

export interface Reply {
  readonly status: number;
  readonly text: string;
  /** The body parsed as JSON; undefined when it is empty. Numbers a double cannot hold: see `text`. */
  // biome-ignore lint/suspicious/noExplicitAny: a reply is looked into by tests, which fail on any surprise.
  readonly body: any;
}

/** What a push reply holds an item. */
export interface PushedItem {
  readonly status: string;
  readonly transaction_id: string;
  readonly message_id?: string;
  readonly trace_id?: string;
  readonly error?: string;
}

/** A folder for buffered messages below the temporary ones; the caller removes it. */
export function createBufferFolder(): string {
  return mkdtempSync(join(tmpdir(), 'queueproof-test-buffer-'));
}

/** Environment of a server on this database; nothing is taken over from the environment of the tests. */
export function serverEnvironment(database: TestDatabase, extra: Environment = {}): Environment {
  const { host, port, user, password } = database.address;
  return {
    PORT: '0',
    NUM_WORKERS: '2',
    DB_POOL_SIZE: SMALL_POOL,
    PG_HOST: host,
    PG_PORT: String(port),
    PG_DB: database.name,
    PG_USER: user,
    PG_PASSWORD: password,
    ...extra,
  };
}

/** The main file of a defect, the good one for none. */
function mainFile(defect: string | undefined): string {
  return defect === undefined ? MAIN : fileURLToPath(new URL(`../defects/${defect}.ts`, import.meta.url));
}

/** `server/main.ts`, or a variant of server/defects/, as a process of its own, with its log. */
export class ServerProcess implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  /** What the process wrote that is no log line: nothing, when all is well. */
  readonly stray: string[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<{ readonly code: number | null; readonly signal: string | null }>;

  /** Without a FILE_BUFFER_DIR it gets one of its own, which ends with it. */
  constructor(environment: Environment, defect?: string) {
    const ownFolder = environment.FILE_BUFFER_DIR === undefined ? createBufferFolder() : undefined;
    const env = { FILE_BUFFER_DIR: ownFolder, ...environment };
    this.#child = spawn(process.execPath, [mainFile(defect)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exit = once(this.#child, 'close').then(([code, signal]) => {
      if (ownFolder !== undefined) rmSync(ownFolder, { recursive: true, force: true });
      return { code, signal };
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('The server has no output.');
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('{')) this.lines.push(JSON.parse(line));
      else this.stray.push(line);
    });
    createInterface({ input: stderr }).on('line', (line) => this.stray.push(line));
  }

  /** The exit code, once process, workers and output have ended; null after a signal. */
  async exitCode(): Promise<number | null> {
    return (await this.#exit).code;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Signals the primary. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Workers started so far, dead ones included. */
  workerPids(): readonly number[] {
    return this.lines.flatMap(({ event, workerPid }) => (event === 'worker-started' && workerPid ? [workerPid] : []));
  }

  logged(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** Asks the server to stop; it must do so with exit code 0, without errors outside its log and without orphans. */
  async stop(): Promise<void> {
    this.kill('SIGTERM');
    expect(await this.exitCode()).toBe(0);
    expect(this.stray).toEqual([]);
    expect(this.workerPids().filter(isAlive)).toEqual([]);
  }

  /** For tests that failed half-way: nothing may be left running. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.ended) {
      for (const pid of this.workerPids().filter(isAlive)) process.kill(pid, 'SIGKILL');
      this.kill('SIGKILL');
    }
    await this.#exit;
  }
}

/** A server that listens, and HTTP connections to it. */
export class TestServer implements AsyncDisposable {
  readonly process: ServerProcess;
  readonly port: number;
  readonly #pool: Pool;
  #stopped = false;

  private constructor(process: ServerProcess, port: number) {
    this.process = process;
    this.port = port;
    this.#pool = new Pool(this.origin, { connections: 64, pipelining: 1 });
  }

  /** Starts a server and waits until it listens. */
  static async start(database: TestDatabase, extra: Environment = {}, defect?: string): Promise<TestServer> {
    const server = new ServerProcess(serverEnvironment(database, extra), defect);
    await vi.waitFor(() => expect(server.ended || server.logged('listening').length > 0).toBe(true), STARTED);
    const port = server.logged('listening')[0]?.port;
    if (port === undefined) {
      throw new Error(`The server ended: ${JSON.stringify(server.lines)} ${server.stray.join('\n')}`);
    }
    return new TestServer(server, port);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async get(path: string): Promise<Reply> {
    return await read(this.#pool.request({ method: 'GET', path }));
  }

  /** Posts a value as JSON, or a string as it is. */
  async post(path: string, body: unknown, headers: Environment = {}): Promise<Reply> {
    return await this.request({ method: 'POST', path, body: toText(body), headers });
  }

  async request(options: Dispatcher.RequestOptions): Promise<Reply> {
    return await read(
      this.#pool.request({ ...options, headers: { 'content-type': 'application/json', ...options.headers } }),
    );
  }

  async configure(queue: string, options: object = {}): Promise<void> {
    expect(await this.post('/api/v1/configure', { queue, options })).toMatchObject({ status: 200 });
  }

  /** Pushes items, one result each. */
  async push(route: string, items: readonly object[]): Promise<readonly PushedItem[]> {
    const reply = await this.post(route, { items });
    expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
    expect(reply.body).toHaveLength(items.length);
    return reply.body;
  }

  /** Pops with autoAck until the queue says that there is nothing, and returns the messages in order of delivery. */
  // biome-ignore lint/suspicious/noExplicitAny: as for Reply.body.
  async drain(queue: string, partition?: string, batch = 1000): Promise<readonly any[]> {
    const messages = [];
    for (;;) {
      const reply = await this.get(popPath(queue, partition, batch));
      expect([200, 204]).toContain(reply.status);
      if (reply.status === 204) return messages;
      messages.push(...reply.body.messages);
    }
  }

  /** A connection that the worker of this number serves. The caller disposes it. */
  async connectTo(worker: number): Promise<WorkerConnection> {
    return await vi.waitFor(async () => {
      // The primary deals connections out in turn, so this takes as many tries as there are workers, or one more.
      const client = new Client(this.origin, { pipelining: 1 });
      try {
        const { body } = await read(client.request({ method: 'GET', path: '/health' }));
        expect(body.worker_id).toBe(worker);
      } catch (error) {
        await client.destroy();
        throw error;
      }
      return new WorkerConnection(client);
    }, SOON);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.process.stop();
    await this.#pool.destroy();
  }

  /** Stops the server in the orderly way unless the test has done so, or has ended it by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#stopped && !this.process.ended) await this.stop();
    } finally {
      await this.#pool.destroy();
      await this.process[Symbol.asyncDispose]();
    }
  }
}

/** A connection that one particular worker serves. */
export class WorkerConnection implements AsyncDisposable {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async get(path: string): Promise<Reply> {
    return await read(this.#client.request({ method: 'GET', path }));
  }

  async post(path: string, body: unknown): Promise<Reply> {
    return await read(this.#client.request({ method: 'POST', path, body: toText(body) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.destroy();
  }
}

/** Path of a pop with autoAck. */
export function popPath(queue: string, partition?: string, batch = 1000): string {
  const inPartition = partition === undefined ? '' : `/partition/${encodeURIComponent(partition)}`;
  return `/api/v1/pop/queue/${encodeURIComponent(queue)}${inPartition}?autoAck=true&batch=${batch}`;
}

/** Holds the lock every push to the partition needs, until it is disposed. */
export async function lockPartition(
  database: TestDatabase,
  queue: string,
  partition = 'Default',
): Promise<AsyncDisposable> {
  const session = await database.openSession();
  await session.client.query('begin');
  const { rowCount } = await session.client.query(
    `select from queen.partitions p join queen.queues q on q.id = p.queue_id
     where q.name = $1 and p.name = $2 for update of p`,
    [queue, partition],
  );
  expect(rowCount).toBe(1);
  return session;
}

/** Waits until this many sessions of the server wait for a lock. */
export async function untilBlocked(database: TestDatabase, sessions: number): Promise<void> {
  await vi.waitFor(async () => {
    const waiting = (await database.sessions()).filter((row) => row.wait_event_type === 'Lock');
    expect(waiting).toHaveLength(sessions);
  }, SOON);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the answer.
    return false;
  }
}

function toText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

async function read(pending: Promise<Dispatcher.ResponseData>): Promise<Reply> {
  const { statusCode, body } = await pending;
  const text = await body.text();
  return { status: statusCode, text, body: text === '' ? undefined : JSON.parse(text) };
}
