/** Largest piece that passes in one go, so that streams side by side get equal shares. */
const MOST_AT_ONCE = 16_384;

/** Tokens are saved up for this long at most; timers come late by a few milliseconds, and must not cost bandwidth. */
const SAVED_S = 0.02;

interface Request {
  readonly bytes: number;
  readonly grant: (bytes: number) => void;
}

/** Lets so many bytes a second pass, of all who ask, in turn. */
export class TokenBucket {
  readonly #bytesPerS: number;
  readonly #capacity: number;
  readonly #pieceBytes: number;
  readonly #nowMs: () => number;
  readonly #requests: Request[] = [];
  #tokens: number;
  #filledAtMs: number;

  constructor(bytesPerS: number, nowMs: () => number = () => performance.now()) {
    this.#bytesPerS = bytesPerS;
    this.#capacity = Math.max(1, bytesPerS * SAVED_S);
    this.#pieceBytes = Math.min(MOST_AT_ONCE, Math.floor(this.#capacity));
    this.#nowMs = nowMs;
    this.#tokens = this.#capacity;
    this.#filledAtMs = nowMs();
  }

  /** Calls back, now or later, with how many of the bytes may pass; at least one. */
  request(bytes: number, grant: (bytes: number) => void): void {
    this.#requests.push({ bytes, grant });
    if (this.#requests.length === 1) this.#serve();
  }

  #serve(): void {
    this.#fill();
    for (let first = this.#requests[0]; first !== undefined; first = this.#requests[0]) {
      const bytes = Math.min(first.bytes, this.#pieceBytes);
      if (this.#tokens < bytes) {
        const waitMs = ((bytes - this.#tokens) * 1_000) / this.#bytesPerS;
        setTimeout(() => this.#serve(), Math.ceil(waitMs));
        return;
      }
      this.#tokens -= bytes;
      // Taken off after the grant: who asks for more meanwhile does not start a second round.
      first.grant(bytes);
      this.#requests.shift();
    }
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    const earned = ((nowMs - this.#filledAtMs) * this.#bytesPerS) / 1_000;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned);
    this.#filledAtMs = nowMs;
  }
}
