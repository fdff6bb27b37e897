import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import { BufferLock } from './buffer-lock.ts';
import { Drain } from './drain.ts';
import { FailedRecords } from './failed-records.ts';
import { FileBuffer } from './file-buffer.ts';
import { QueueCatalogue } from './queue-catalogue.ts';
import { type Member, RouteControl } from './route-control.ts';
import type {
  AppendAnswer,
  BufferStatus,
  DatabaseView,
  KnownQueue,
  MaintenanceState,
  PrimaryService,
} from './services.ts';
import { answerOf, type NO_ANSWER } from './worker-answer.ts';

/** How often PostgreSQL is asked for what its servers share; all follow within a second. */
const LOOK_INTERVAL_MS = 400;

/**
 * The primary's side of the buffer: the one place where the messages of all workers come into one order, and where the route
 * of pushes is decided.
 */
export class BufferKeeper implements AsyncDisposable {
  readonly #log: Logger;
  readonly #resources: AsyncDisposableStack;
  readonly #buffer: FileBuffer;
  readonly #failed: FailedRecords;
  readonly #catalogue: QueueCatalogue;
  readonly #route: RouteControl;
  readonly #drain: Drain;
  readonly #stopping = new AbortController();
  #maintenanceVersion = 0;
  #fingerprint = '';
  #databasePrepared = false;
  #looking: Promise<void> | undefined;

  private constructor(
    resources: AsyncDisposableStack,
    parts: { readonly buffer: FileBuffer; readonly failed: FailedRecords; readonly catalogue: QueueCatalogue },
    log: Logger,
  ) {
    this.#log = log;
    this.#resources = resources;
    this.#buffer = parts.buffer;
    this.#failed = parts.failed;
    this.#catalogue = parts.catalogue;
    // Until PostgreSQL has been seen, and everything a predecessor left is there, nothing goes to it directly.
    this.#route = new RouteControl('buffering', log);
    this.#drain = new Drain({
      buffer: parts.buffer,
      failed: parts.failed,
      route: this.#route,
      allReachPostgres: () => this.#allReachPostgres(),
      log,
    });
  }

  /**
   * Takes the directory for this server and finds what a predecessor left in it.
   *
   * @throws BufferLockedError, or what the file system said.
   */
  static async open(
    { directory, maxBytes, segmentBytes }: ServerConfig['fileBuffer'],
    log: Logger,
  ): Promise<BufferKeeper> {
    await using resources = new AsyncDisposableStack();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    resources.use(await BufferLock.take(directory));
    const failed = await FailedRecords.open(directory);
    const buffer = resources.use(await FileBuffer.open({ directory, maxBytes, segmentBytes, failed, log }));
    const catalogue = await QueueCatalogue.open(directory);
    if (buffer.pending > 0) {
      log.warn({ event: 'buffer-recovered', pending: buffer.pending }, 'found buffered messages of an earlier run');
    }
    return new BufferKeeper(resources.move(), { buffer, failed, catalogue }, log);
  }

  /** PostgreSQL was seen, its schema is up to date, and the budget fits. */
  async databaseIsPrepared(view: DatabaseView): Promise<void> {
    await this.#takeView(view);
    this.#databasePrepared = true;
    const { maintenance } = this.#route.state;
    const nobodyBuffers = this.#route.members.length === 0 && this.#buffer.isEmpty;
    if (nobodyBuffers && !maintenance) this.#route.change({ route: 'direct' });
    for (const { line } of this.#route.members) void line.call('openDatabase', undefined).catch(() => undefined);
    this.#drain.start();
    this.#looking = this.#keepLooking();
  }

  /** What the primary does for this worker. The worker is a member from its `hello` until {@link leave}. */
  serviceFor(member: () => Member): PrimaryService {
    return {
      hello: async () => {
        this.#route.join(member());
        return {
          state: this.#route.state,
          queues: this.#catalogue.all(),
          databasePrepared: this.#databasePrepared,
        };
      },
      append: (argument) => this.#append(argument),
      status: () => this.#status(),
      maintenanceChanged: (state) => this.#setMaintenance(state),
      queueConfigured: (queue) => this.#learnQueue(queue),
    };
  }

  /** The worker's process has ended. */
  leave(member: Member): void {
    member.line.close('The worker has ended.');
    this.#route.leave(member);
  }

  /** Workers are about to stop: nothing is drained any more, and pushes that wait for that go to the buffer. */
  async stopDraining(): Promise<void> {
    this.#stopping.abort();
    if (this.#route.state.route === 'closing') this.#route.change({ route: 'buffering' });
    await this.#drain.stop();
    await this.#looking;
  }

  /** Ends the writes under way and gives the directory back. To be called when all workers have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopDraining();
    await this.#resources.disposeAsync();
  }

  async #append({
    epoch,
    records,
  }: {
    readonly epoch: number;
    readonly records: readonly string[];
  }): Promise<AppendAnswer> {
    const { state } = this.#route;
    if (state.route === 'direct') {
      // It was sent when things were otherwise, or by the first worker that found PostgreSQL away.
      if (epoch !== state.epoch) return { outcome: 'direct' };
      this.#route.change({ route: 'buffering' });
      this.#drain.wake();
    }
    try {
      await this.#buffer.append(records);
    } catch (error) {
      return { outcome: 'refused', reason: error instanceof Error ? error.message : String(error) };
    }
    // A producer that has this answer may push on over any worker, and must not overtake itself there.
    await this.#route.known;
    return { outcome: 'buffered' };
  }

  async #status(): Promise<BufferStatus> {
    const { count, files, totalBytes } = await this.#failed.statistics();
    return {
      pending: this.#buffer.pending,
      failed: count,
      failedFiles: files,
      failedBytes: totalBytes,
      healthy: this.#buffer.healthy,
      maintenance: this.#route.state.maintenance,
    };
  }

  async #setMaintenance({ enabled, version }: MaintenanceState): Promise<void> {
    // An answer from before the last change, that took longer.
    if (version > this.#maintenanceVersion) {
      this.#maintenanceVersion = version;
      if (enabled !== this.#route.state.maintenance) {
        this.#route.change(enabled ? { maintenance: true, route: 'buffering' } : { maintenance: false });
        this.#drain.wake();
      }
    }
    await this.#route.known;
  }

  async #learnQueue(queue: KnownQueue): Promise<void> {
    await this.#save(this.#catalogue.add(queue));
    await this.#tellQueues();
  }

  async #takeView({ maintenance, fingerprint, queues }: DatabaseView): Promise<void> {
    await this.#setMaintenance(maintenance);
    if (queues === undefined) return;
    this.#fingerprint = fingerprint;
    await this.#save(this.#catalogue.replaceAll(queues));
    await this.#tellQueues();
  }

  /** A catalogue that cannot be kept is no reason to refuse anything now. */
  async #save(saving: Promise<void>): Promise<void> {
    try {
      await saving;
    } catch (error) {
      this.#log.error({ err: error }, 'could not keep the list of queues');
    }
  }

  async #tellQueues(): Promise<void> {
    const queues = this.#catalogue.all();
    await this.#askAll((member) => member.line.call('learnQueues', queues));
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#stopping;
    let turn = 0;
    while (!signal.aborted) {
      await delay(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      const { members } = this.#route;
      turn += 1;
      const member = members[turn % members.length];
      if (member === undefined || signal.aborted) continue;
      const view = await answerOf(member.line.call('lookAtDatabase', { fingerprint: this.#fingerprint }));
      if (typeof view === 'object') await this.#takeView(view);
    }
  }

  async #allReachPostgres(): Promise<boolean> {
    const argument = { fingerprint: this.#fingerprint };
    const views = await this.#askAll(({ line }) => line.call('lookAtDatabase', argument));
    return views.length > 0 && views.every((view) => view !== undefined);
  }

  async #askAll<T>(ask: (member: Member) => Promise<T>): Promise<readonly (T | typeof NO_ANSWER)[]> {
    return await Promise.all(this.#route.members.map((member) => answerOf(ask(member))));
  }
}
