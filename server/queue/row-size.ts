/** Row header, two index entries and fixed columns, as Queen counts them: 500 + 20 + 40 + 20 + 20 + 8 + 1 + 50 + 250. */
const FIXED_ROW_BYTES = 909;
const ENCRYPTION_FIXED_BYTES = 200;
const ENCRYPTION_GROWTH = 0.35;

/** Estimated bytes of one stored message by Queen's formula: (fixed + payload [+ cipher overhead]) + 10 %. */
export function estimateRowBytes(payloadLength: number, encrypted: boolean): number {
  const cipher = encrypted ? Math.trunc(ENCRYPTION_GROWTH * payloadLength) + ENCRYPTION_FIXED_BYTES : 0;
  const base = FIXED_ROW_BYTES + payloadLength + cipher;
  return base + Math.trunc(base / 10);
}
