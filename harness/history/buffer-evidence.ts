/** What the server said of its file buffer when all faults were healed and the load was over. */
export interface BufferEvidence {
  /** Messages that it still holds, at the last look. */
  readonly pending: number;
  /** What it has set aside because PostgreSQL will not take it. */
  readonly failedFiles: number;
  readonly failedBytes: number;
  /** First look, and first look that found it empty (undefined: none did); microseconds on the monotonic clock. */
  readonly askedUs: number;
  readonly emptyUs: number | undefined;
}
