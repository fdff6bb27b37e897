import { randomFillSync } from 'node:crypto';
import type { Uuid } from './message.ts';

const UUID_BYTES = 16;
/** Random bytes are drawn for this many ids at once: one call costs about as much as the bytes of 50 ids. */
const IDS_PER_DRAW = 256;
const MAX_SEQUENCE = 0xfff;
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Makes UUIDs of version 7 (RFC 9562, 5.7 with method 1 of 6.2): 48-bit milliseconds, a 12-bit sequence that counts
 * inside one millisecond, 62 random bits. Ids of one generator are strictly increasing: when the sequence is used up or
 * the clock goes back, it runs ahead of the clock instead of repeating.
 */
export class UuidV7Generator {
  readonly #nowMs: () => number;
  readonly #random = Buffer.alloc(UUID_BYTES * IDS_PER_DRAW);
  #next = IDS_PER_DRAW;
  #lastMs = 0;
  #sequence = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  generate(): Uuid {
    this.#tick();
    if (this.#next === IDS_PER_DRAW) {
      randomFillSync(this.#random);
      this.#next = 0;
    }
    const start = this.#next * UUID_BYTES;
    this.#next += 1;
    const bytes = Buffer.allocUnsafe(UUID_BYTES);
    this.#random.copy(bytes, 0, start, start + UUID_BYTES);
    bytes.writeUIntBE(this.#lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | this.#sequence, 6);
    bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
    return { bytes, text: formatUuid(bytes) };
  }

  #tick(): void {
    const nowMs = this.#nowMs();
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs;
      this.#sequence = 0;
    } else if (this.#sequence < MAX_SEQUENCE) {
      this.#sequence += 1;
    } else {
      this.#lastMs += 1;
      this.#sequence = 0;
    }
  }
}

/** The sixteen bytes of a UUID, or undefined when the text is none. */
export function parseUuid(text: string): Buffer | undefined {
  return UUID_PATTERN.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : undefined;
}

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
