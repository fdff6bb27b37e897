import pg from 'pg';
import { measureCeiling } from '../measure/ceiling.ts';
import { bootstrapMedian } from '../measure/interval.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import type { RunDatabase } from '../postgres/provider.ts';
import type { PartCeilingRecord } from '../report/part-ceiling.ts';
import type { CeilingRecord } from '../report/result.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import type { PlannedRun } from '../scenario/scenario.ts';
import { SERVER_SCHEMA } from '../target/target-under-test.ts';
import { PartCeilings } from './part-ceilings.ts';

/** Long enough to be steady, short enough to be paid in every round. */
const CEILING_MS = 800;

const STATEMENTS_IN_FLIGHT = 3;

interface Shape {
  readonly batch: number;
  readonly payloadBytes: number;
  readonly partitions: number;
}

/**
 * Ceilings of a scenario: one measurement a round for every shape of load, made right after the first proved run of that
 * shape, in that run's database, so that server and ceiling see the same minute of the same machine.
 */
export class CeilingRounds {
  readonly #seed: number;
  readonly #parts: PartCeilings;
  readonly #byShape = new Map<string, { readonly shape: Shape; readonly byRound: Map<number, number> }>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#parts = new PartCeilings(seed);
  }

  /** True when this run's shape has no ceiling in its round yet. */
  needs({ arm, round }: PlannedRun): boolean {
    return this.ofRun(arm.load, round) === undefined;
  }

  /** Empties the run's tables, whose evidence has been read, and measures plain SQL in them, then the parts. */
  async measure({ arm, round }: PlannedRun, database: RunDatabase, signal: AbortSignal): Promise<void> {
    await withAdminSession(database.target, async (client) => {
      await client.query(`truncate ${pg.escapeIdentifier(SERVER_SCHEMA)}.messages`);
    });
    const shape = shapeOf(arm.load);
    const { throughputMsgPerS } = await measureCeiling(
      {
        ...{ target: database.target, schema: SERVER_SCHEMA, ...shape, inFlight: STATEMENTS_IN_FLIGHT },
        ...{ durationMs: CEILING_MS, seed: this.#seed + round },
      },
      signal,
    );
    const entry = this.#byShape.get(keyOf(shape)) ?? { shape, byRound: new Map<number, number>() };
    entry.byRound.set(round, throughputMsgPerS);
    this.#byShape.set(keyOf(shape), entry);
    await this.#parts.measure(arm.load, database.target, signal);
  }

  /** Messages per second of plain SQL in the same round, if it was measured. */
  ofRun(load: ArmLoad, round: number): number | undefined {
    return this.#byShape.get(keyOf(shapeOf(load)))?.byRound.get(round);
  }

  /** What the parts of the system reach by themselves. */
  partRecords(): PartCeilingRecord[] {
    return this.#parts.records();
  }

  records(): CeilingRecord[] {
    return [...this.#byShape.values()].map(({ shape, byRound }) => {
      const rates = [...byRound.values()];
      return { ...shape, throughputMsgPerS: bootstrapMedian(rates, this.#seed), byRound: rates };
    });
  }
}

function shapeOf({ batch, payloadBytes, partitions }: ArmLoad): Shape {
  return { batch, payloadBytes, partitions };
}

function keyOf({ batch, payloadBytes, partitions }: Shape): string {
  return `${batch}/${payloadBytes}/${partitions}`;
}
