import { EmptyWatch } from '../target/empty-watch.ts';

/** Beyond the end of a lease by our clock: its start was seen by the database's, and it ends when somebody looks. */
const SLACK_US = 500_000;

/** What the consumers of one group know together: whether something may still be leased, and whether the group has all. */
export class ConsumerGroup {
  /** Index among the groups of the history. */
  readonly index: number;
  readonly name: string;
  readonly watch: EmptyWatch;
  readonly #leaseUs: number;
  #leasedUntilUs = 0;
  #unclearPops = 0;
  #drainsFromUs = Number.POSITIVE_INFINITY;
  #lastTrouble = '';

  constructor(index: number, name: string, group: { readonly consumers: number; readonly leaseMs: number }) {
    this.index = index;
    this.name = name;
    this.watch = new EmptyWatch(group.consumers);
    this.#leaseUs = group.leaseMs * 1_000;
  }

  /** The load is over: from now on empty answers count. A pop that nobody knows the end of may be served only now. */
  drain(nowUs: number): void {
    this.#drainsFromUs = nowUs;
    if (this.#unclearPops > 0) this.mayBeLeased(nowUs);
  }

  /** Notes that messages may be leased to nobody in particular, since `sinceUs` at the latest. */
  mayBeLeased(sinceUs: number): void {
    this.#leasedUntilUs = Math.max(this.#leasedUntilUs, sinceUs + this.#leaseUs + SLACK_US);
    this.watch.change();
  }

  /** Notes a pop whose end nobody knows: what it would have brought may be leased, and until `untilUs` it may be served. */
  isUnclear(untilUs: number): void {
    this.#unclearPops += 1;
    this.mayBeLeased(untilUs);
  }

  /** Why a consumer last got no clear answer; empty when all did. */
  get trouble(): string {
    return this.#lastTrouble;
  }

  hasTrouble(trouble: string): void {
    this.#lastTrouble = trouble;
  }

  /** Whether an empty answer to a question of that time tells something: no lease can hide messages from it. */
  wouldTell(askedUs: number): boolean {
    return askedUs >= this.#drainsFromUs && askedUs >= this.#leasedUntilUs;
  }

  /** Why a drain that is given up now did not end of itself. */
  whyNotEmpty(nowUs: number): string {
    const leftMs = Math.ceil((this.#leasedUntilUs - nowUs) / 1_000);
    const lease = leftMs > 0 ? `, and a lease may run for another ${leftMs} ms` : '';
    const trouble = this.#lastTrouble === '' ? '' : `; the last trouble was: ${this.#lastTrouble}`;
    return `not every consumer was told twice running that nothing is left${lease}${trouble}`;
  }
}
