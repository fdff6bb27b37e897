import { CEILING_CONNECTIONS } from '../measure/ceiling.ts';
import { measureDatabaseLimits } from '../measure/database-limits.ts';
import { measureHttpEcho } from '../measure/http-echo.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import type { PartCeilingRecord } from '../report/part-ceiling.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import { SERVER_SCHEMA } from '../target/target-under-test.ts';

/** Of each measurement: they are to be known, not compared closely, and every scenario pays for them. */
const MEASURE_MS = 500;

/**
 * What the parts of a system reach by themselves: the database in single transactions, once a scenario; the load generator
 * with the wire, once for every size of request.
 */
export class PartCeilings {
  readonly #seed: number;
  #database: readonly PartCeilingRecord[] | undefined;
  readonly #echoes = new Map<string, PartCeilingRecord>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Measures what is not known yet, in the tables of this database, whose rows may be anything. */
  async measure(load: ArmLoad, target: ConnectionTarget, signal: AbortSignal): Promise<void> {
    const { batch, payloadBytes, partitions, connections } = load;
    this.#database ??= await this.#measureDatabase({ payloadBytes, partitions }, target, signal);
    const key = `${batch}/${payloadBytes}/${connections}`;
    if (this.#echoes.has(key)) return;
    const perS = await measureHttpEcho({ load, durationMs: MEASURE_MS }, signal);
    this.#echoes.set(key, { part: 'http-echo', connections, perS, batch, payloadBytes });
  }

  records(): PartCeilingRecord[] {
    return [...(this.#database ?? []), ...this.#echoes.values()];
  }

  async #measureDatabase(
    shape: Pick<ArmLoad, 'payloadBytes' | 'partitions'>,
    target: ConnectionTarget,
    signal: AbortSignal,
  ): Promise<readonly PartCeilingRecord[]> {
    const order = { target, schema: SERVER_SCHEMA, ...shape, durationMs: MEASURE_MS, seed: this.#seed };
    const { singleInsertsPerS, loneCommitsPerS, commitsPerS } = await measureDatabaseLimits(order, signal);
    return [
      { part: 'single-inserts', connections: CEILING_CONNECTIONS, perS: singleInsertsPerS, batch: 1, ...shape },
      { part: 'commits', connections: 1, perS: loneCommitsPerS },
      { part: 'commits', connections: CEILING_CONNECTIONS, perS: commitsPerS },
    ];
  }
}
