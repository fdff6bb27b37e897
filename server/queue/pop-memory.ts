import type { PopSource } from '../sql/pop-messages.ts';

/** Bound on what is remembered of each kind; beyond it things are learnt anew, which costs a statement each. */
const MAX_REMEMBERED = 10_000;

/** What one worker's pops know of queues from pops before; hints only, which may be out of date. */
export class PopMemory {
  readonly #timedQueues = new Set<string>();
  readonly #knownGroups = new Set<string>();

  /** The queue was last seen to have options by which time decides what is delivered. */
  isTimed(queue: string): boolean {
    return this.#timedQueues.has(queue);
  }

  noteTimed(queue: string): void {
    remember(this.#timedQueues, queue);
  }

  /** A pop of this group has found every partition with a cursor of the group's. */
  knowsGroup(source: PopSource): boolean {
    return this.#knownGroups.has(keyOf(source));
  }

  noteGroup(source: PopSource): void {
    remember(this.#knownGroups, keyOf(source));
  }
}

function keyOf({ queue, consumerGroup }: PopSource): string {
  return JSON.stringify([queue, consumerGroup]);
}

function remember(words: Set<string>, word: string): void {
  if (words.size >= MAX_REMEMBERED) words.clear();
  words.add(word);
}
