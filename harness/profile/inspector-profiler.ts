import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProfileRecord } from '../report/profile-record.ts';
import type { ServerProfiler } from '../run/server-profiler.ts';
import type { ServerLaunch } from '../target/server-launch.ts';
import { type CallNode, cpuCallTree, heapCallTree } from './call-tree.ts';
import { cutProfile } from './cut-profile.ts';
import { type FunctionCosts, functionCosts } from './function-costs.ts';
import { keepProfile, PROFILE_FOLDER } from './profile-folder.ts';
import type { InspectorKind } from './profile-kind.ts';
import type { ThreadName, V8Profile } from './profile-line.ts';
import { ThreadLine } from './thread-line.ts';

const PRELOAD = new URL('./preload.ts', import.meta.url);
const PROJECT_URL = new URL('../../', import.meta.url).href;

/** A thread that is busy answers when it comes to it: writing down 10 s of samples took one 0.1 s. */
const ANSWER_LIMIT_MS = 15_000;

/** Threads that did less than this share of it all get no file: of a hundred that wait, nobody wants one each. */
const SMALL_SHARE = 0.01;

interface Seen {
  readonly name: ThreadName;
  readonly kind: InspectorKind;
  /** Of the window alone. */
  readonly profile: V8Profile['profile'];
  readonly tree: CallNode;
}

/**
 * Looks into every process and thread of the server by V8's own profiler, in the measured window alone. A preloaded module
 * (preload.ts) gives each thread a line to here.
 */
export class InspectorProfiler implements ServerProfiler, AsyncDisposable {
  readonly launch: ServerLaunch;
  readonly #kind: InspectorKind;
  readonly #projectUrl: string;
  readonly #server: Server;
  readonly #lines: ThreadLine[] = [];
  #beganAtMs: number | undefined;
  #windowMs = 0;
  #seen: readonly Seen[] = [];
  #silent = 0;

  private constructor(kind: InspectorKind, projectUrl: string, server: Server, port: number) {
    this.#kind = kind;
    this.#projectUrl = projectUrl;
    this.#server = server;
    const token = randomUUID();
    const preload = new URL(PRELOAD);
    preload.search = new URLSearchParams({ kind, port: String(port), token }).toString();
    this.launch = { environment: { NODE_OPTIONS: `--import ${preload.href}` } };
    server.on('connection', (connection) => {
      const line = new ThreadLine(connection, token);
      this.#lines.push(line);
      // A worker that takes the place of one that died.
      if (this.#beganAtMs !== undefined) line.start();
    });
  }

  /** `projectUrl` is the folder of the server that is looked into, with a slash at its end: this project's when absent. */
  static async open(kind: InspectorKind, projectUrl = PROJECT_URL): Promise<InspectorProfiler> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new InspectorProfiler(kind, projectUrl, server, (server.address() as AddressInfo).port);
  }

  begin(): void {
    if (this.#beganAtMs !== undefined) return;
    this.#beganAtMs = performance.now();
    for (const line of this.#lines) line.start();
  }

  async end(): Promise<void> {
    this.#windowMs = performance.now() - (this.#beganAtMs ?? performance.now());
    this.#server.close();
    const late = new AbortController();
    const limit = sleep(ANSWER_LIMIT_MS, undefined, { signal: late.signal }).catch(() => undefined);
    const seen = await Promise.all(
      this.#lines.map(async (line): Promise<Seen | undefined> => {
        const profile = await Promise.race([line.stop(), limit]);
        return profile === undefined || line.name === undefined ? undefined : seenOf(line.name, profile);
      }),
    );
    late.abort();
    this.#seen = seen.filter((one) => one !== undefined);
    this.#silent = this.#lines.filter(({ isStarted }) => isStarted).length - this.#seen.length;
  }

  async write(reportFolder: string): Promise<ProfileRecord> {
    await mkdir(join(reportFolder, PROFILE_FOLDER));
    const costs = costsOf(this.#seen, this.#projectUrl);
    const worthy = this.#seen.filter(
      (one) => one.name.threadId === 0 || costsOf([one], this.#projectUrl).total >= SMALL_SHARE * costs.total,
    );
    const workers = new Map(
      this.#seen.map(({ name: { pid, worker } }) => [pid, worker] as const).toSorted((a, b) => a[1] - b[1]),
    );
    const files = await Promise.all(
      worthy.map((one) => writeProfile(reportFolder, workers.get(one.name.pid) ?? 0, one)),
    );
    return await keepProfile(reportFolder, {
      with: this.#kind,
      subject: this.#subject(),
      ...(this.#seen.length > 0 ? { costs: { unit: this.#kind === 'cpu' ? 'us' : 'bytes', ...costs } } : {}),
      files: files.toSorted(),
      failure: this.#seen.length > 0 ? null : 'no process of the server told what it did',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const line of this.#lines) line.close();
  }

  #subject(): string {
    const threads = this.#seen.filter(({ name }) => name.threadId > 0).length;
    const workers = this.#seen.filter(({ name }) => name.threadId === 0 && name.worker > 0).length;
    const silent = this.#silent === 0 ? '' : `; ${this.#silent} threads ended before they could tell`;
    const seconds = (this.#windowMs / 1000).toFixed(1);
    return `the primary, ${workers} workers and their ${threads} threads in the measured window of ${seconds} s${silent}`;
  }
}

function seenOf(name: ThreadName, seen: V8Profile): Seen {
  const { kind } = seen;
  if (kind === 'heap') return { name, kind, profile: seen.profile, tree: heapCallTree(seen.profile) };
  const profile = cutProfile(seen.profile, seen.fromUs);
  return { name, kind, profile, tree: cpuCallTree(profile) };
}

function costsOf(seen: readonly Seen[], projectUrl: string): FunctionCosts {
  return functionCosts(
    seen.map(({ tree }) => tree),
    { projectUrl, profilerUrl: PRELOAD.href },
  );
}

/** Chrome's DevTools and VS Code open both kinds by the end of their names. */
async function writeProfile(reportFolder: string, worker: number, { name, kind, profile }: Seen): Promise<string> {
  const who = worker === 0 ? 'primary' : `worker-${worker}`;
  const thread = name.threadId === 0 ? '' : `-thread-${name.threadId}`;
  const file = `${PROFILE_FOLDER}/${who}-pid-${name.pid}${thread}.${kind}profile`;
  await writeFile(join(reportFolder, file), JSON.stringify(profile));
  return file;
}
