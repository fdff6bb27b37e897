import type { ScrapeMessage } from './scrape-line.ts';
import type { WorkerReport } from './worker-report.ts';

/** A worker as the exchange sees it. */
export interface ScrapePeer {
  send(message: ScrapeMessage): void;
}

interface Round {
  readonly awaited: Set<ScrapePeer>;
  readonly reports: WorkerReport[];
  readonly finish: () => void;
}

/** A worker that is too busy to answer in this time is left out: a scrape must end, whatever a worker does. */
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * The primary's side of the scrape lines. prom-client's own aggregation over a cluster is not used: it waits five seconds
 * for a worker that died and fails the scrape then, and it talks to processes behind the back of the messages here.
 */
export class ScrapeExchange {
  readonly #peers = new Set<ScrapePeer>();
  readonly #rounds = new Map<number, Round>();
  #started = 0;

  join(peer: ScrapePeer): void {
    this.#peers.add(peer);
  }

  /** The worker is gone: nobody waits for it. */
  leave(peer: ScrapePeer): void {
    this.#peers.delete(peer);
    for (const round of this.#rounds.values()) this.#settle(round, peer);
  }

  receive(from: ScrapePeer, message: ScrapeMessage): void {
    if (message.kind === 'scrape') this.#start(from, message.scrape);
    if (message.kind !== 'report') return;
    const round = this.#rounds.get(message.round);
    if (round === undefined || !round.awaited.has(from)) return;
    round.reports.push(message.report);
    this.#settle(round, from);
  }

  #start(asker: ScrapePeer, scrape: number): void {
    this.#started += 1;
    const number = this.#started;
    const awaited = new Set([...this.#peers].filter((peer) => peer !== asker));
    const reports: WorkerReport[] = [];
    const timer = setTimeout(() => finish(), ANSWER_TIMEOUT_MS).unref();
    const finish = (): void => {
      clearTimeout(timer);
      this.#rounds.delete(number);
      asker.send({ kind: 'scraped', scrape, reports });
    };
    if (awaited.size === 0) {
      finish();
      return;
    }
    this.#rounds.set(number, { awaited, reports, finish });
    for (const peer of awaited) peer.send({ kind: 'report-wanted', round: number });
  }

  #settle({ awaited, finish }: Round, peer: ScrapePeer): void {
    if (awaited.delete(peer) && awaited.size === 0) finish();
  }
}
