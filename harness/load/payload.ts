/** How the payloads of one run are made and recognised. */
export interface PayloadFormat {
  /** The payload of a message as compact JSON of exactly the asked-for size. */
  readonly encode: (number: number) => string;
  /** The text before the message's number, and the text after a number of so many digits. */
  readonly beforeNumber: string;
  readonly afterNumberByDigits: readonly string[];
  /**
   * Text that stands in every payload of the run, needs no quoting anywhere, and stands in nothing else that a message
   * carries; the shorter the payloads, the shorter.
   */
  readonly marker: string;
  /** Whether a delivered, decoded payload is the one that was sent: same run, number and padding, and nothing else. */
  readonly matches: (number: number, data: unknown) => boolean;
}

/** Message numbers are 32-bit, see Ledger. */
const MAX_DIGITS = 10;

const MARKER_CHARACTERS = 24;

const RUN_ID = /^[A-Za-z0-9_.]+$/;

const PAD_ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.';

/**
 * The payloads `{"r":<run id>,"n":<number>,"pad":<padding>}` of exactly `payloadBytes` bytes. The padding is the same
 * in every run, and of little redundancy, so that PostgreSQL's compression of large values does not flatter the figures.
 * Throws RangeError when the run id needs escaping or leaves no room.
 */
export function payloadFormat(runId: string, payloadBytes: number): PayloadFormat {
  if (!RUN_ID.test(runId)) {
    throw new RangeError(`a run id has letters, digits, "_" and "." only, not ${JSON.stringify(runId)}`);
  }
  const beforeNumber = `{"r":"${runId}","n":`;
  const beforePad = ',"pad":"';
  const end = '"}';
  const fixed = beforeNumber.length + beforePad.length + end.length;
  const roomForPad = payloadBytes - fixed - MAX_DIGITS;
  if (roomForPad < 0) {
    throw new RangeError(`run id ${runId} needs payloads of ${payloadBytes - roomForPad} bytes, not ${payloadBytes}`);
  }
  const padding = makePadding(payloadBytes);
  const padByDigits = Array.from({ length: MAX_DIGITS + 1 }, (_, digits) =>
    padding.slice(0, roomForPad + MAX_DIGITS - digits),
  );
  const afterNumberByDigits = padByDigits.map((pad) => beforePad + pad + end);
  return Object.freeze({
    beforeNumber,
    afterNumberByDigits,
    marker: padding.slice(0, Math.min(roomForPad, MARKER_CHARACTERS)),
    encode: (number: number) => {
      const digits = String(number);
      return beforeNumber + digits + afterNumberByDigits[digits.length];
    },
    matches: (number: number, data: unknown) => {
      if (typeof data !== 'object' || data === null) return false;
      const { r, n, pad } = data as Readonly<Record<string, unknown>>;
      const same = r === runId && n === number && pad === padByDigits[String(number).length];
      return same && Object.keys(data).length === 3;
    },
  });
}

/** A linear congruential sequence over the alphabet; its high bits, because the low ones repeat early. */
function makePadding(length: number): string {
  let state = 20_240_607;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += PAD_ALPHABET[state >>> 26];
  }
  return text;
}
