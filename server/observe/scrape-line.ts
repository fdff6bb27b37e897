import { setTimeout as delay } from 'node:timers/promises';
import type { WorkerReport } from './worker-report.ts';

/**
 * Between workers and the primary: one that is asked for the metrics of the whole server asks the primary (`scrape`), the
 * primary asks the others (`report-wanted`), they tell it (`report`), and it answers (`scraped`).
 */
export type ScrapeMessage =
  | { readonly kind: 'scrape'; readonly scrape: number }
  | { readonly kind: 'report-wanted'; readonly round: number }
  | { readonly kind: 'report'; readonly round: number; readonly report: WorkerReport }
  | { readonly kind: 'scraped'; readonly scrape: number; readonly reports: readonly WorkerReport[] };

/** Longer than the primary waits for the others; without a primary the worker speaks for itself. */
const PRIMARY_TIMEOUT_MS = 1_500;

/** A worker's end of the line. */
export class ScrapeLine {
  readonly #send: (message: ScrapeMessage) => void;
  readonly #open = new Map<number, (reports: readonly WorkerReport[]) => void>();
  #report: (() => Promise<WorkerReport>) | undefined;
  #scrapes = 0;

  constructor(send: (message: ScrapeMessage) => void) {
    this.#send = send;
  }

  /** Who tells of this worker when it is asked; undefined = nobody any more. */
  answerWith(report: (() => Promise<WorkerReport>) | undefined): void {
    this.#report = report;
  }

  /** Reports of the other workers, of those that answer in time. */
  async askOthers(): Promise<readonly WorkerReport[]> {
    this.#scrapes += 1;
    const scrape = this.#scrapes;
    const answer = Promise.withResolvers<readonly WorkerReport[]>();
    this.#open.set(scrape, answer.resolve);
    const bound = new AbortController();
    try {
      this.#send({ kind: 'scrape', scrape });
      const nobody = delay(PRIMARY_TIMEOUT_MS, [], { signal: bound.signal });
      // The loser of the race is not an error of its own.
      nobody.catch(() => undefined);
      return await Promise.race([answer.promise, nobody]);
    } finally {
      bound.abort();
      this.#open.delete(scrape);
    }
  }

  receive(message: ScrapeMessage): void {
    if (message.kind === 'scraped') this.#open.get(message.scrape)?.(message.reports);
    else if (message.kind === 'report-wanted') void this.#tell(message.round);
  }

  async #tell(round: number): Promise<void> {
    const report = await this.#report?.();
    if (report !== undefined) this.#send({ kind: 'report', round, report });
  }
}
