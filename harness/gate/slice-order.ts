import type { ConnectionTarget } from '../postgres/provider.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import type { ArmDrain } from '../scenario/scenario.ts';

/** The two that are compared. */
export const SIDES = ['base', 'candidate'] as const;

export type Side = (typeof SIDES)[number];

/** Something of each side. */
export type Sides<Of> = Readonly<Record<Side, Of>>;

/** Takes something of each side. */
export function bothSides<Of>(of: (side: Side) => Of): Sides<Of> {
  return { base: of('base'), candidate: of('candidate') };
}

/** The same, one after the other from `lead` on. */
export async function bothInTurn<Of>(lead: Side, of: (side: Side) => Promise<Of>): Promise<Sides<Of>> {
  const first = await of(lead);
  const second = await of(otherSide(lead));
  return lead === 'base' ? { base: first, candidate: second } : { base: second, candidate: first };
}

/** Whom a side is compared with. */
export function otherSide(side: Side): Side {
  return side === 'base' ? 'candidate' : 'base';
}

/** How one arm of a block is loaded. */
export interface SlicedPush {
  readonly arm: string;
  readonly load: Sides<ArmLoad>;
}

/** A server that is up, as the process that drives both needs to know it. */
export interface SlicedServer {
  readonly baseUrl: string;
  readonly queue: string;
  /** Begins its transaction ids. */
  readonly runId: string;
  /** Undefined where processes cannot be watched. */
  readonly pid: number | undefined;
  readonly database: string;
}

/** Everything that the process needs to know that drives the two servers of a block. */
export interface SlicesOrder {
  readonly servers: Sides<SlicedServer>;
  /** Who is first. */
  readonly lead: Side;
  readonly pushes: readonly SlicedPush[];
  /** Name of the arm that pops and acknowledges what was pushed. */
  readonly popArm: string;
  readonly drain: ArmDrain;
  readonly leaseMs: number;
  readonly payloadBytes: number;
  readonly popSliceMs: number;
  readonly graceMs: number;
  /** Longest duration of emptying a queue in the end. */
  readonly drainLimitMs: number;
  readonly seed: number;
  readonly admin: ConnectionTarget;
  readonly postgresPid: number | undefined;
}
