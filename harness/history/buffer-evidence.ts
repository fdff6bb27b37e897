/** What the server said of its file buffer when it had settled after the load and its faults. */
export interface BufferEvidence {
  /** Messages that it still holds. */
  readonly pending: number;
  /** What it has set aside because PostgreSQL will not take it. */
  readonly failedFiles: number;
  readonly failedBytes: number;
}
