import type { ExpectedBudget } from '../history/evidence.ts';
import type { PoolMode } from '../scenario/groups.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { expectedBudget } from './expected-budget.ts';

/** PostgreSQL's own default of superuser_reserved_connections; reserved_connections is 0 by default. */
const RESERVED_BY_DEFAULT = 3;

/** What a PostgreSQL has for the server. */
export interface ConnectionRoom {
  readonly maxConnections: number;
  readonly reserved: number;
  readonly usable: number;
}

/** What decides how many connections a server asks for. */
interface ServerSize {
  readonly workers: number;
  readonly poolSize: number;
  readonly poolMode: PoolMode;
}

/** What a server will hold of it, and why it will refuse to start, if it will. */
export interface ConnectionOutlook {
  readonly budget: ExpectedBudget;
  readonly refusal: string | undefined;
}

/** The room of a scenario's PostgreSQL; undefined when it may have any max_connections, which is not known before. */
export function connectionRoom({ maxConnections, settings }: Scenario['postgres']): ConnectionRoom | undefined {
  if (maxConnections === 'any') return undefined;
  const ofSuperusers = Number(settings.superuser_reserved_connections ?? RESERVED_BY_DEFAULT);
  const reserved = ofSuperusers + Number(settings.reserved_connections ?? 0);
  return { maxConnections, reserved, usable: maxConnections - reserved };
}

/** Predicts by the contract, as expectedBudget does; the server's own rule is its own affair and is put to the test by this. */
export function connectionOutlook(
  { workers, poolSize, poolMode }: ServerSize,
  room: ConnectionRoom | undefined,
): ConnectionOutlook {
  const budget = expectedBudget(poolSize, poolMode);
  const { total, async, regular } = budget;
  const fewest = poolMode === 'unified' ? async : Math.min(async, regular);
  if (fewest < workers) {
    const kinds = poolMode === 'unified' ? 'one' : 'one of each kind';
    return { budget, refusal: `each of ${workers} workers needs ${kinds}; a larger poolSize or fewer workers` };
  }
  if (room === undefined || total <= room.usable) return { budget, refusal: undefined };
  const most = largestPoolSize(room.usable, poolMode);
  return { budget, refusal: `${total - room.usable} too many; poolSize ${most} is the most that fits` };
}

/** What servers that run at once hold together; one that will refuse to start holds nothing. */
export function budgetTogether(servers: readonly ServerSize[], room: ConnectionRoom | undefined): number {
  return servers
    .map((server) => connectionOutlook(server, room))
    .reduce((sum, { budget, refusal }) => sum + (refusal === undefined ? budget.total : 0), 0);
}

function largestPoolSize(usable: number, poolMode: PoolMode): number {
  let size = usable;
  while (expectedBudget(size + 1, poolMode).total <= usable) size += 1;
  return size;
}
