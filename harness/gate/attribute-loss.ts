import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../history/evidence.ts';
import { InspectorProfiler } from '../profile/inspector-profiler.ts';
import type { ProfileRecord } from '../report/profile-record.ts';
import { attempt } from '../run/attempt.ts';
import { compareFunctions, compareStatements } from './compare-spending.ts';
import type { GateDecision } from './decision.ts';
import type { GateAttribution } from './gate-result.ts';
import { type BlockContext, runBlock } from './run-block.ts';
import type { GateOrder } from './run-gate.ts';
import { bothSides, SIDES, type Sides } from './slice-order.ts';
import { readStatementCounts } from './statement-counts.ts';

/**
 * Looks for what a loss comes from: which costs moved, and, in one more block under a profiler, whose figures are not judged,
 * which functions and statements take more or less time for a message. What cannot be found out is told in `missing`; it never
 * throws but the signal's reason.
 */
export async function attributeLoss(
  order: Pick<GateOrder, 'versions' | 'progress' | 'signal'>,
  decision: GateDecision,
  context: BlockContext,
  number: number,
): Promise<GateAttribution> {
  order.progress.phase('looking for what moved, in a block under a profiler');
  // In a list: what is told as missing in it must not be taken for evidence that is.
  const looked = await attempt(async () => [await lookInside(order, context, number)], order.signal);
  const costs = movedCosts(decision);
  if (isMissing(looked)) {
    order.progress.fail(`what moved could not be looked into: ${looked.missing}`);
    return { costs, functions: [], statements: [], missing: [looked.missing] };
  }
  order.progress.done('what moved was looked into, in a block under a profiler');
  const [seen = NOTHING_SEEN] = looked;
  return { costs, ...seen };
}

const NOTHING_SEEN: Omit<GateAttribution, 'costs'> = { functions: [], statements: [], missing: [] };

/** The farthest from 1 first, of the arms in which something was lost. */
function movedCosts({ metrics }: GateDecision): GateAttribution['costs'] {
  const failed = new Set(metrics.filter(({ verdict }) => verdict === 'fail').map(({ arm }) => arm));
  return metrics
    .flatMap(({ arm, metric, ratio }) =>
      metric.kind === 'cost' && ratio !== null && failed.has(arm)
        ? [{ arm, cost: metric.name, ratio: ratio.estimate }]
        : [],
    )
    .toSorted((a, b) => Math.abs(Math.log(b.ratio)) - Math.abs(Math.log(a.ratio)));
}

async function lookInside(
  { versions }: Pick<GateOrder, 'versions'>,
  context: BlockContext,
  number: number,
): Promise<Omit<GateAttribution, 'costs'>> {
  const missing: string[] = [];
  await using base = await InspectorProfiler.open('cpu', versions.base.projectUrl);
  await using candidate = await InspectorProfiler.open('cpu', versions.candidate.projectUrl);
  const profilers: Sides<InspectorProfiler> = { base, candidate };
  let statements: GateAttribution['statements'] = [];
  let messages: Sides<number> = { base: 0, candidate: 0 };
  await runBlock(
    { number, round: 'attribution', lead: 'base' },
    {
      ...context,
      // One group is enough to see by, and its processes are those that are looked into.
      plan: { ...context.plan, groups: context.plan.groups.slice(0, 1) },
      launch: { base: base.launch, candidate: candidate.launch },
      onStarted: () => {
        base.begin();
        candidate.begin();
      },
      onDriven: async (servers, histories) => {
        await Promise.all([base.end(), candidate.end()]);
        messages = bothSides((side) => histories[side].ledger.messages);
        const counts = await attempt(async () => ({
          base: await readStatementCounts(context.postgres.admin, servers.base.watched.database.name),
          candidate: await readStatementCounts(context.postgres.admin, servers.candidate.watched.database.name),
        }));
        if (isMissing(counts)) missing.push(`statements: ${counts.missing}`);
        else statements = compareStatements(counts, messages);
      },
    },
  );
  const records = await Promise.all(
    SIDES.map(async (side): Promise<ProfileRecord> => {
      const folder = join(context.folder, `profile-${side}`);
      await mkdir(folder);
      return await profilers[side].write(folder);
    }),
  );
  const [ofBase, ofCandidate] = records.map(({ costs }) => costs);
  missing.push(...records.flatMap(({ failure }) => (failure === null ? [] : [`functions: ${failure}`])));
  const functions =
    ofBase === undefined || ofCandidate === undefined
      ? []
      : compareFunctions({ base: ofBase, candidate: ofCandidate }, messages);
  return { functions, statements, missing };
}
