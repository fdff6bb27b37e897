import type { Logger } from '../log.ts';
import type { CallLine } from './call-line.ts';
import type { PrimaryService, RouteState, WorkerService } from './services.ts';

/** A worker as the primary deals with it. */
export interface Member {
  readonly number: number;
  readonly line: CallLine<PrimaryService, WorkerService>;
  /** Ends the process at once; its line closes when it has ended. */
  kill(): void;
}

/** A worker that does not follow a change of the route within this is killed: it might push past the buffer. */
const FENCE_MS = 5_000;

/** Where pushes go, and which workers must be told. The only place that changes it. */
export class RouteControl {
  readonly #log: Logger;
  readonly #members = new Set<Member>();
  #state: RouteState;
  #known: Promise<unknown> = Promise.resolve();

  constructor(route: RouteState['route'], log: Logger) {
    this.#state = { route, epoch: 1, maintenance: false };
    this.#log = log;
  }

  get state(): RouteState {
    return this.#state;
  }

  /** Workers that act by the state. */
  get members(): readonly Member[] {
    return [...this.#members];
  }

  /** Resolves when every worker that lives acts by the last change. */
  get known(): Promise<unknown> {
    return this.#known;
  }

  /** The worker has to be given the present state; later ones it is told. */
  join(member: Member): void {
    this.#members.add(member);
  }

  /** The worker has ended. */
  leave(member: Member): void {
    this.#members.delete(member);
  }

  /** Changes the state at once and tells the workers; {@link known} resolves when they follow. */
  change(news: Partial<Pick<RouteState, 'route' | 'maintenance'>>): void {
    this.#state = { ...this.#state, ...news, epoch: this.#state.epoch + 1 };
    const { route, maintenance, epoch } = this.#state;
    this.#log.info({ event: 'route', route, maintenance, epoch }, `pushes: ${route}`);
    // Each worker follows in order, so the last change stands for all before it.
    this.#known = Promise.all(this.members.map((member) => this.#tell(member, this.#state)));
  }

  async #tell(member: Member, state: RouteState): Promise<void> {
    const fence = setTimeout(() => {
      this.#log.error(
        { event: 'worker-fenced', number: member.number },
        'a worker does not follow the route: killing it',
      );
      member.kill();
    }, FENCE_MS);
    try {
      await member.line.call('changeRoute', state);
    } catch {
      // It has ended, and pushes nothing any more.
    } finally {
      clearTimeout(fence);
    }
  }
}
