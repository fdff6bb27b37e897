import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type BufferFolder, prepareBufferFolder } from '../faults/buffer-folder.ts';
import type { FaultTargets, InjectedFault } from '../faults/fault.ts';
import { startLink, type TcpLink } from '../faults/tcp-proxy.ts';
import { ITEM_OUTCOMES, type ItemOutcome } from '../history/item-outcome.ts';
import type { LoadOutcome, LoadProgress } from '../load/load-outcome.ts';
import { runLoad } from '../load/run-load.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import { configureQueue } from '../target/configure-queue.ts';
import { type ServerUnderTest, startServerUnderTest } from '../target/server-under-test.ts';
import { readStoredRows } from '../target/stored-rows.ts';
import { MAINTENANCE_PATH } from '../target/wire.ts';
import { armLoad } from './arm-load.ts';

/** An order that leaves everything to the fault. */
export const PLAIN_ORDER = Object.freeze({ delayMs: undefined, bytesPerS: undefined });

const QUEUE = 'q';
/** Bound on waiting for what a server does when a fault has healed; only a broken product ever waits that long. */
const BACK = Object.freeze({ timeout: 30_000, interval: 20 });

let trials = 0;

/** A real server behind proxies, for faults to be tried on. Disposing it stops everything and removes what it left. */
export class FaultTrial implements AsyncDisposable {
  readonly server: ServerUnderTest;
  readonly buffer: BufferFolder;
  readonly links: { readonly database: TcpLink; readonly clients: TcpLink };
  readonly #database: ConnectionTarget;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: Pick<FaultTrial, 'server' | 'buffer' | 'links'>,
    database: ConnectionTarget,
    resources: AsyncDisposableStack,
  ) {
    this.server = parts.server;
    this.buffer = parts.buffer;
    this.links = parts.links;
    this.#database = database;
    this.#resources = resources;
  }

  static async start(database: ConnectionTarget, { small = false } = {}): Promise<FaultTrial> {
    await using resources = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
    resources.defer(() => rm(folder, { recursive: true }));
    const buffer = resources.use(await prepareBufferFolder({ folder: join(folder, 'buffer'), small }));
    const databaseLink = resources.use(await startLink(database));
    const server = resources.use(
      await startServerUnderTest({
        workers: 2,
        poolSize: 10,
        database: { ...database, host: databaseLink.host, port: databaseLink.port },
        logFile: join(folder, 'server.log'),
        startTimeoutMs: 45_000,
        bufferFolder: buffer.folder,
      }),
    );
    const { hostname, port } = new URL(server.baseUrl);
    const clients = resources.use(await startLink({ host: hostname, port: Number(port) }));
    await configureQueue(server.baseUrl, QUEUE, { leaseMs: 60_000, retryLimit: 100, encrypted: false });
    const links = { database: databaseLink, clients };
    return new FaultTrial({ server, buffer, links }, database, resources.move());
  }

  /** What these faults are done to. */
  get targets(): Omit<FaultTargets, 'postgres'> {
    return {
      database: this.#database,
      schema: 'queen',
      server: this.server,
      links: this.links,
      bufferDisk: this.buffer,
      random: () => 0.99,
    };
  }

  /**
   * Loads the server through the clients' link, does the fault when messages are acknowledged, waits for `until`, heals,
   * and returns what the load was answered when it has come to its end.
   */
  async loadThrough(
    inject: () => Promise<InjectedFault>,
    until: (reports: () => readonly LoadProgress[]) => Promise<unknown>,
    load: Partial<ArmLoad> = {},
  ): Promise<LoadOutcome> {
    trials += 1;
    const { host, port } = this.links.clients;
    const reports: LoadProgress[] = [];
    const loading = runLoad(
      {
        baseUrl: `http://${host}:${port}`,
        runId: `t${trials}`,
        queue: QUEUE,
        load: armLoad({ batch: 10, durationMs: 3_000, ...load }),
        graceMs: 20_000,
        seed: 1,
        hasBothRoutes: true,
        persistent: true,
      },
      (report) => reports.push(report),
      AbortSignal.timeout(60_000),
    );
    const [outcome] = await Promise.all([loading, this.#disturb(inject, until, reports)]);
    return outcome;
  }

  async #disturb(
    inject: () => Promise<InjectedFault>,
    until: (reports: () => readonly LoadProgress[]) => Promise<unknown>,
    reports: readonly LoadProgress[],
  ): Promise<void> {
    await vi.waitFor(() => expect(reports.at(-1)?.acknowledged).toBeGreaterThan(0), BACK);
    const fault = await inject();
    const before = reports.length;
    await until(() => reports.slice(before));
    await fault.heal();
  }

  async pushed(
    payload: unknown,
  ): Promise<{ readonly httpStatus: number; readonly status: unknown; readonly error: unknown }> {
    const response = await fetch(`${this.server.baseUrl}/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: [{ queue: QUEUE, payload }] }),
    });
    const answer = await response.json();
    const { status, error } = Array.isArray(answer) ? answer[0] : answer;
    return { httpStatus: response.status, status, error };
  }

  async buffered(): Promise<number> {
    const response = await fetch(`${this.server.baseUrl}${MAINTENANCE_PATH}`);
    return ((await response.json()) as { readonly bufferedMessages: number }).bufferedMessages;
  }

  /** Waits until pushes go to PostgreSQL again. */
  async untilDirect(): Promise<void> {
    await vi.waitFor(async () => expect(await this.buffered()).toBe(0), BACK);
    await vi.waitFor(async () => expect((await this.pushed('probe')).status).toBe('queued'), BACK);
  }

  /** How many messages had each outcome, when all that was promised is stored once, and nothing twice. */
  async proof({ ledger }: LoadOutcome): Promise<Readonly<Partial<Record<ItemOutcome, number>>>> {
    await this.untilDirect();
    const rows = await readStoredRows(this.#database, ledger, { schema: 'queen' });
    const counts: Partial<Record<ItemOutcome, number>> = {};
    const broken: string[] = [];
    for (let message = 0; message < ledger.messages; message += 1) {
      const outcome = ITEM_OUTCOMES[ledger.outcomeCode(message)] as ItemOutcome;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      const copies = rows.countByMessage[message] ?? 0;
      const isPromised = outcome === 'queued' || outcome === 'buffered';
      if (copies > 1 || (isPromised && copies === 0)) broken.push(`${message}: ${outcome}, ${copies} rows`);
    }
    expect(broken.slice(0, 10)).toEqual([]);
    return counts;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
