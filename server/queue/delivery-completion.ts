import type { AsyncDbPool } from '../pool/async-db-pool.ts';
import {
  type CompletedDelivery,
  type CompletedDeliveryRow,
  completeDeliveriesStatement,
} from '../sql/complete-deliveries.ts';

interface Waiting {
  readonly delivery: CompletedDelivery;
  readonly resolve: (row: CompletedDeliveryRow | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Acks that share a statement: bounds what one failure concerns, and the size of a parameter. */
const MAX_DELIVERIES = 64;

/** Completes whole deliveries; those that come while statements are under way share the next one and its commit. */
export class DeliveryCompletion {
  readonly #pool: AsyncDbPool;
  readonly #maxStatements: number;
  readonly #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(pool: AsyncDbPool, maxStatements: number) {
    this.#pool = pool;
    this.#maxStatements = maxStatements;
  }

  /** Undefined when it has to be judged message by message. @throws what the pool or PostgreSQL threw. */
  complete(delivery: CompletedDelivery): Promise<CompletedDeliveryRow | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ delivery, resolve, reject });
      if (this.#underWay < this.#maxStatements) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#underWay += 1;
    while (this.#waiting.length > 0) {
      const taken = this.#take();
      try {
        const { rows } = await this.#pool.query<CompletedDeliveryRow>(
          completeDeliveriesStatement(taken.map(({ delivery }) => delivery)),
        );
        const byPosition = new Map(rows.map((row) => [row.position, row]));
        for (const [index, { resolve }] of taken.entries()) resolve(byPosition.get(index + 1));
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.#underWay -= 1;
  }

  /** The next ones, each lease once. */
  #take(): readonly Waiting[] {
    const taken = new Map<string, Waiting>();
    while (taken.size < MAX_DELIVERIES) {
      const next = this.#waiting[0];
      if (next === undefined || taken.has(next.delivery.leaseId)) break;
      taken.set(next.delivery.leaseId, next);
      this.#waiting.shift();
    }
    return [...taken.values()];
  }
}
