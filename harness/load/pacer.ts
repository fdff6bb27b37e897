import type { LoadClock } from './load-clock.ts';
import type { ArrivalSchedule } from './open-step.ts';

export interface PacerOptions {
  readonly schedule: ArrivalSchedule;
  readonly clock: LoadClock;
  /** A request is due. Called late perhaps, but never early, and for each of the schedule's times in their order. */
  readonly onDue: (intendedUs: number, nowUs: number) => void;
  /** All that is due has been told. */
  readonly onCaughtUp: (nowUs: number) => void;
  /** `onCaughtUp` is called so often at least. */
  readonly restUs: number;
}

/**
 * Goes through a schedule from now on. What has become due is told in one go, and then the event loop has its turn: replies
 * are read even while the schedule runs ahead of what this process can send.
 */
export class Pacer {
  readonly fromUs: number;
  /** The end of the stretch; that of an endless one when it is stopped. */
  readonly ended: Promise<{ readonly toUs: number }>;
  readonly #options: PacerOptions;
  readonly #end: (end: { readonly toUs: number }) => void;
  readonly #endUs: number;
  #nextUs: number;
  #isStopped = false;

  constructor(options: PacerOptions) {
    this.#options = options;
    const { schedule, clock } = options;
    this.fromUs = clock.nowUs();
    this.#endUs = this.fromUs + schedule.lengthUs;
    const { promise, resolve } = Promise.withResolvers<{ readonly toUs: number }>();
    this.ended = promise;
    this.#end = resolve;
    this.#nextUs = this.#next();
    clock.wakeAt(this.fromUs, () => this.#tick());
  }

  /** Nothing more is due; an early end of the stretch. */
  stop(): void {
    const { clock } = this.#options;
    this.#isStopped = true;
    clock.cancel();
    this.#nextUs = Number.POSITIVE_INFINITY;
    this.#end({ toUs: Math.min(clock.nowUs(), this.#endUs) });
  }

  #next(): number {
    const atUs = this.#options.schedule.next();
    return atUs === undefined ? Number.POSITIVE_INFINITY : this.fromUs + atUs;
  }

  #tick(): void {
    const { clock, onDue, onCaughtUp, restUs } = this.#options;
    const nowUs = clock.nowUs();
    while (this.#nextUs <= nowUs) {
      const intendedUs = this.#nextUs;
      this.#nextUs = this.#next();
      onDue(intendedUs, nowUs);
    }
    onCaughtUp(nowUs);
    if (this.#isStopped) return;
    if (nowUs >= this.#endUs) this.#end({ toUs: this.#endUs });
    else clock.wakeAt(Math.min(this.#nextUs, nowUs + restUs, this.#endUs), () => this.#tick());
  }
}
