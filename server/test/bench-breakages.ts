/** One wrong line in the server, by the bench that must notice it. */
interface Breakage {
  /** The module's path from server/. */
  readonly path: string;
  readonly good: string;
  readonly bad: string;
}

export const BREAKAGES: Readonly<Record<string, Breakage>> = Object.freeze({
  // Ids that come twice within a millisecond.
  'uuid-v7': { path: 'queue/uuid-v7.ts', good: 'this.#sequence += 1', bad: 'this.#sequence += 0' },
  // What does not divide evenly is lost.
  'connection-budget': {
    path: 'pool/connection-budget.ts',
    good: '(index < connections % workers ? 1 : 0)',
    bad: '0',
  },
  // The last batch is forgotten.
  'batch-plan': { path: 'queue/batch-plan.ts', good: 'if (batch.length > 0) batches.push(batch);', bad: '' },
  // The length of an element is off by one.
  'binary-array': {
    path: 'sql/binary-array.ts',
    good: 'buffer.writeInt32BE(bytes, offset)',
    bad: 'buffer.writeInt32BE(bytes - 1, offset)',
  },
  // All under one IV.
  'payload-cipher': { path: 'queue/payload-cipher.ts', good: 'randomBytes(IV_BYTES)', bad: 'Buffer.alloc(IV_BYTES)' },
  // Of requests that share a write, only the first is written.
  'buffer-append': { path: 'buffer/file-buffer.ts', good: 'concat(group.map(', bad: 'concat(group.slice(0, 1).map(' },
  // Recovery skips the first record of every stretch.
  'buffer-recovery': {
    path: 'buffer/segment.ts',
    good: 'records.push(record)',
    bad: 'if (offset > 0) records.push(record)',
  },
  // The last to ask is served first.
  'pool-acquire': {
    path: 'pool/waiter-queue.ts',
    good: 'of this.#waiters) {',
    bad: 'of [...this.#waiters].reverse()) {',
  },
  // A connection goes back with a result on its way.
  'pool-drain': { path: 'pool/pool-member.ts', good: 'return this.#inFlight.size === 0 && ', bad: 'return ' },
});
