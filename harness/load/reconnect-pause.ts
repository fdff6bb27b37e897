const FIRST_MS = 50;
const LONGEST_MS = 1_000;

/** Pause before a connection is opened after so many fruitless ones in a row. */
export function reconnectPauseMs(fruitless: number): number {
  return fruitless === 0 ? 0 : Math.min(FIRST_MS * 2 ** (fruitless - 1), LONGEST_MS);
}
