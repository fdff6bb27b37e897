import { Column } from './column.ts';
import { Ledger, type LedgerTransfer, type RequestIntent } from './ledger.ts';

/** Repeats as they cross processes and stand in files. */
export interface RepeatsTransfer {
  readonly ledger: LedgerTransfer;
  readonly original: Uint32Array;
  readonly isLegacy: Uint8Array;
}

/**
 * Requests that were sent a second time on purpose, with the same transaction ids: what a client does that got no answer.
 * They stand in a ledger of their own, whose message numbers count anew; each request names the one it repeats, and its
 * n-th message is the n-th message of that one.
 */
export class Repeats {
  readonly ledger: Ledger;
  readonly #original: Column<Uint32Array>;
  readonly #isLegacy: Column<Uint8Array>;

  /** None yet for the run of this id, or those that {@link toTransfer} took apart. */
  constructor(from: string | RepeatsTransfer) {
    const isNew = typeof from === 'string';
    this.ledger = isNew ? new Ledger(from) : Ledger.fromTransfer(from.ledger);
    this.#original = new Column(isNew ? new Uint32Array() : from.original);
    this.#isLegacy = new Column(isNew ? new Uint8Array() : from.isLegacy);
  }

  /** Records the intent to send request `original` again; returns the number of the repeat. */
  open(original: number, isLegacy: boolean, intent: RequestIntent): number {
    this.#original.push(original);
    this.#isLegacy.push(isLegacy ? 1 : 0);
    return this.ledger.open(intent);
  }

  /** The request that a repeat repeats. */
  original(repeat: number): number {
    return this.#original.at(repeat);
  }

  /** Whether the repeat went through /api/v1/push-legacy. */
  isLegacy(repeat: number): boolean {
    return this.#isLegacy.at(repeat) === 1;
  }

  toTransfer(): RepeatsTransfer {
    return { ledger: this.ledger.toTransfer(), original: this.#original.toArray(), isLegacy: this.#isLegacy.toArray() };
  }
}
