import type { RunningPostgres } from '../postgres/provider.ts';
import type { ServerLaunch } from '../target/server-launch.ts';
import { driveSlices } from './drive-slices.ts';
import type { GateGroup, GatePlan } from './gate-plan.ts';
import { proveServer, type SideProof } from './prove-server.ts';
import type { SlicesOutcome } from './run-slices.ts';
import { type BlockServer, startBlockServer } from './server-pair.ts';
import type { Slice } from './slice.ts';
import { bothSides, SIDES, type Side, type Sides, type SlicesOrder } from './slice-order.ts';
import { SLICES_PER_SIDE } from './slice-schedule.ts';

/** What every block of a gate needs. */
export interface BlockContext {
  readonly plan: GatePlan;
  /** Main files of the two versions. */
  readonly programs: Sides<string>;
  readonly postgres: RunningPostgres;
  readonly folder: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** How each server is started so that it can be looked into; absent in blocks that are measured. */
  readonly launch?: Sides<ServerLaunch>;
  /** Called when the queues are empty and both servers are still up. */
  readonly onDriven?: (servers: Sides<BlockServer>, histories: SlicesOutcome['histories']) => Promise<void>;
  /** Called when the servers are up and nothing is asked of them yet. */
  readonly onStarted?: () => void;
}

/** What one block of fresh processes measured and proved. */
export interface Block {
  readonly number: number;
  readonly round: 'first' | 'confirmation' | 'attribution';
  readonly lead: Side;
  readonly slices: readonly Slice[];
  readonly proofs: readonly SideProof[];
  readonly durationMs: number;
}

const GRACE_MS = 15_000;
/** A backlog of this size is popped in 10 s; what takes longer than this does not get emptied at all. */
const PATIENCE_MS = 120_000;

/**
 * One block: for each group of arms
 *
 * 1. start both versions, each in fresh processes and on a fresh database of the same PostgreSQL;
 * 2. warm and measure them in alternating slices, push and pop, one side at a time;
 * 3. empty both queues, stop both servers, and judge what each was asked and answered.
 *
 * Throws what keeps a block from being made at all, and the signal's reason when interrupted; nothing is left running.
 */
export async function runBlock(
  { number, round, lead }: Pick<Block, 'number' | 'round' | 'lead'>,
  context: BlockContext,
): Promise<Block> {
  const startedAtMs = performance.now();
  const slices: Slice[] = [];
  const proofs: SideProof[] = [];
  for (const [index, group] of context.plan.groups.entries()) {
    context.signal.throwIfAborted();
    const done = await runGroup(group, { number, lead, index, context });
    slices.push(...done.slices);
    proofs.push(...done.proofs);
    // What follows could not be believed either.
    if (proofs.some(({ verdict }) => verdict !== 'valid')) break;
  }
  return { number, round, lead, slices, proofs, durationMs: performance.now() - startedAtMs };
}

interface GroupPlace {
  readonly number: number;
  readonly lead: Side;
  /** Among the groups. */
  readonly index: number;
  readonly context: BlockContext;
}

async function runGroup(
  group: GateGroup,
  { number, lead, index, context }: GroupPlace,
): Promise<Pick<Block, 'slices' | 'proofs'>> {
  const { plan, signal, folder } = context;
  await using undo = new AsyncDisposableStack();
  const [base, candidate] = await startAll(
    SIDES.map((side) => startOne(side, group, { number, lead, index, context })),
    undo,
  );
  if (base === undefined || candidate === undefined) throw new Error('a block has two servers');
  const servers: Sides<BlockServer> = { base, candidate };
  context.onStarted?.();
  const { slices, histories } = await driveSlices(
    slicesOrder(group, servers, { number, lead, index, context }),
    signal,
  );
  await context.onDriven?.(servers, histories);
  const proofs = await Promise.all(
    SIDES.map((side, place) =>
      proveServer(servers[side], {
        ...{ history: histories[side], scenario: plan.scenario.scenario, folder, block: number, signal },
        index: (number * plan.groups.length + index) * SIDES.length + place,
        patienceMs: PATIENCE_MS,
      }),
    ),
  );
  return { slices, proofs };
}

/** All are started side by side; when one fails, those that did start are disposed with `undo`. */
async function startAll<Started extends AsyncDisposable>(
  starting: readonly Promise<Started>[],
  undo: AsyncDisposableStack,
): Promise<readonly Started[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [undo.use(result.value)] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return started;
}

function startOne(side: Side, { pairs }: GateGroup, { number, index, context }: GroupPlace): Promise<BlockServer> {
  const arm = pairs[0]?.arms[side];
  if (arm === undefined) throw new Error('a group without pairs');
  const { programs, postgres, folder, launch, plan } = context;
  const group = plan.groups.length === 1 ? '' : `-group-${index + 1}`;
  return startBlockServer({
    ...{ side, arm, postgres, folder, program: programs[side], launch: launch?.[side] },
    name: `block-${String(number).padStart(2, '0')}${group}-${side}`,
    runId: `g${process.pid.toString(36)}${number}${index}${side.slice(0, 1)}`,
  });
}

function slicesOrder(
  group: GateGroup,
  servers: Sides<BlockServer>,
  { number, lead, context }: GroupPlace,
): SlicesOrder {
  const [first] = group.pairs;
  if (first === undefined) throw new Error('a group without pairs');
  const { drain, queue, load } = first.arms[lead];
  return {
    servers: bothSides((side) => {
      const { target, server, runId, watched } = servers[side];
      const { baseUrl, queue: name } = target;
      return { baseUrl, queue: name, runId, pid: server.pid, database: watched.database.name };
    }),
    lead,
    pushes: group.pairs.map(({ name, arms }) => ({ arm: name, load: bothSides((side) => arms[side].load) })),
    popArm: group.popArm,
    drain,
    leaseMs: queue.leaseMs,
    payloadBytes: load.payloadBytes,
    popSliceMs: load.durationMs / SLICES_PER_SIDE,
    graceMs: GRACE_MS,
    drainLimitMs: PATIENCE_MS,
    seed: context.seed + number,
    admin: context.postgres.admin,
    postgresPid: context.postgres.pid,
  };
}
