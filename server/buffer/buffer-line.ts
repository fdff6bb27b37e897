import { CallLine, type CallMessage } from './call-line.ts';
import type {
  AppendAnswer,
  BufferStatus,
  KnownQueue,
  MaintenanceState,
  PrimaryService,
  RouteState,
  WorkerService,
} from './services.ts';

/** What the worker does for the primary besides knowing where pushes go. */
export type WorkerDuties = Pick<WorkerService, 'replay' | 'lookAtDatabase' | 'openDatabase'>;

/** A worker's end of the line to the buffer, which the primary owns: where pushes go now, and the way into the buffer. */
export class BufferLine {
  readonly #calls: CallLine<WorkerService, PrimaryService>;
  #state: RouteState = { route: 'closing', epoch: 0, maintenance: false };
  #queues: ReadonlyMap<string, KnownQueue> = new Map();
  /** In this epoch a push found PostgreSQL away: the primary is about to be told. */
  #suspectEpoch: number | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(send: (message: CallMessage) => void, duties: WorkerDuties) {
    this.#calls = new CallLine(send, {
      ...duties,
      changeRoute: async (state) => this.#learn(state),
      learnQueues: async (queues) => this.#learnQueues(queues),
    });
  }

  receive(message: CallMessage): void {
    this.#calls.receive(message);
  }

  /** The primary is gone: nothing can be buffered any more. */
  close(): void {
    this.#calls.close('The primary process is gone.');
    // Nobody will tell where pushes go; those that wait find out by asking.
    this.#learn({ ...this.#state, route: 'buffering' });
  }

  /** Learns the present state; false when the database must not be used yet. */
  async join(): Promise<{ readonly databasePrepared: boolean }> {
    const { state, queues, databasePrepared } = await this.#calls.call('hello', undefined);
    this.#learnQueues(queues);
    // A change may have overtaken the answer.
    if (state.epoch >= this.#state.epoch) this.#learn(state);
    return { databasePrepared };
  }

  /** Pushes may go to PostgreSQL. */
  get isDirect(): boolean {
    return this.#state.route === 'direct' && this.#suspectEpoch !== this.#state.epoch;
  }

  get maintenance(): boolean {
    return this.#state.maintenance;
  }

  /** A queue the server knows of, or undefined. */
  queue(name: string): KnownQueue | undefined {
    return this.#queues.get(name);
  }

  /** Waits while the route is `closing`. */
  async untilOpen(): Promise<void> {
    while (this.#state.route === 'closing') await this.#changed.promise;
  }

  /** A push found PostgreSQL away; no other starts there before the primary has had its say. */
  suspectOutage(): void {
    this.#suspectEpoch = this.#state.epoch;
  }

  /** Keeps records in the buffer. @throws CallError */
  async append(records: readonly string[]): Promise<AppendAnswer> {
    return await this.#calls.call('append', { epoch: this.#state.epoch, records });
  }

  /** @throws CallError */
  async status(): Promise<BufferStatus> {
    return await this.#calls.call('status', undefined);
  }

  /** Resolves when every worker of this server acts by it. @throws CallError */
  async maintenanceChanged(state: MaintenanceState): Promise<void> {
    await this.#calls.call('maintenanceChanged', state);
  }

  /** Resolves when every worker of this server knows the queue. @throws CallError */
  async queueConfigured(queue: KnownQueue): Promise<void> {
    await this.#calls.call('queueConfigured', queue);
  }

  #learn(state: RouteState): void {
    this.#state = state;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #learnQueues(queues: readonly KnownQueue[]): void {
    this.#queues = new Map(queues.map((queue) => [queue.name, queue]));
  }
}
