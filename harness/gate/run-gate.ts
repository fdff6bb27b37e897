import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../cli/progress.ts';
import { seededRandom } from '../measure/seeded-random.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { relaxedDurability } from '../postgres/relaxed-durability.ts';
import { startPostgres } from '../postgres/start-postgres.ts';
import type { Result } from '../report/result.ts';
import { describeEnvironment } from '../run/environment.ts';
import { openReport, pointLatestTo } from '../run/open-report.ts';
import { assembleGate } from './assemble-gate.ts';
import { attributeLoss } from './attribute-loss.ts';
import { blockCount } from './block-count.ts';
import { readCanary } from './canary.ts';
import type { GateDecision } from './decision.ts';
import type { GatePlan } from './gate-plan.ts';
import type { GateAttribution, GateResult } from './gate-result.ts';
import { type OpenRule, type Rounds, runRounds } from './gate-rounds.ts';
import { BlockSource, type DroppedBlock } from './measure-blocks.ts';
import { type BlockContext, runBlock } from './run-block.ts';
import type { Sides } from './slice-order.ts';
import { leadsOf } from './slice-schedule.ts';
import { writeGateReports } from './write-gate-reports.ts';

/** One of the two versions. */
export interface GateVersion {
  /** As it is named in the report. */
  readonly label: string;
  readonly commit: string | null;
  readonly detail: string;
  /** Main file of its server. */
  readonly program: string;
  /** `file:` URL of its folder, ending in `/`, which is left out of the places of functions. */
  readonly projectUrl: string;
}

export interface GateOrder {
  readonly plan: GatePlan;
  readonly versions: Sides<GateVersion>;
  readonly rule: OpenRule;
  /** Longest duration of the first round. */
  readonly minutes: number;
  readonly reportsRoot: string;
  readonly seed: number;
  readonly command: string;
  readonly notes: readonly string[];
  /** False: nobody asks what a loss comes from. */
  readonly attributes: boolean;
  /** Told where it runs, before anything is measured; gives further notes, and throws what refuses the gate. */
  readonly onEnvironment?: (environment: Result['environment']) => Promise<readonly string[]>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Everything a gate saw, before anything is concluded from it. */
export interface GateFinding {
  readonly rounds: Rounds;
  readonly dropped: readonly DroppedBlock[];
  readonly environment: Result['environment'];
  readonly attribution: GateAttribution | null;
  readonly startedAt: Date;
}

export interface GateRun {
  readonly result: GateResult;
  readonly folder: string;
  readonly rounds: Rounds;
}

/** A suspicion is confirmed by as many blocks as the last look has, at most. */
const MOST_ROUNDS = 2;
const MS_PER_MINUTE = 60_000;
/** Before the next look at a machine that was not what it had been. */
const REST_MS = 5000;

/**
 * The life of a gate:
 *
 * 1. make the report folder and write down what will be run;
 * 2. start one PostgreSQL for both versions;
 * 3. measure blocks of fresh processes until the rule has decided, and confirm a suspicion by fresh ones;
 * 4. of a loss, find out what moved;
 * 5. stop PostgreSQL, decide, and write the reports.
 *
 * @throws CommandError when something needed is not available, and the signal's reason when it is interrupted before a block
 * was measured; nothing is left running then.
 */
export async function runGate(order: GateOrder): Promise<GateRun> {
  const { plan, reportsRoot, progress } = order;
  const startedAt = new Date();
  const what = { file: 'scenario.yaml', text: plan.scenario.resolvedYaml };
  const folder = await openReport(reportsRoot, 'gate', startedAt, what);
  let finding: GateFinding;
  const notes = [...order.notes];
  {
    await using postgres = await takePostgres(order, folder);
    const environment = await describeEnvironment(postgres, undefined);
    notes.push(...relaxedDurability(environment.postgresSettings));
    notes.push(...((await order.onEnvironment?.(environment)) ?? []));
    finding = { ...(await measure(order, postgres, folder)), environment, startedAt };
  }
  const result = assembleGate({ ...order, notes }, finding);
  await writeGateReports(folder, result);
  // Not that of the scenarios: scripts look for a result.json there.
  await pointLatestTo(dirname(folder), folder, progress);
  return { result, folder, rounds: finding.rounds };
}

async function takePostgres({ plan, progress }: GateOrder, folder: string): Promise<RunningPostgres> {
  progress.phase('starting PostgreSQL');
  const { provider, ...options } = plan.scenario.scenario.postgres;
  const postgres = await startPostgres(provider, { ...options, logFolder: folder });
  const version = postgres.version.split(' ').slice(0, 2).join(' ');
  progress.done(`${version}, max_connections=${postgres.maxConnections} (${postgres.reason})`);
  return postgres;
}

async function measure(
  order: GateOrder,
  postgres: RunningPostgres,
  folder: string,
): Promise<Pick<GateFinding, 'rounds' | 'dropped' | 'attribution'>> {
  const { plan, versions, rule, seed, signal, progress } = order;
  const startedMs = performance.now();
  const context: BlockContext = {
    ...{ plan, postgres, folder, seed, signal },
    programs: { base: versions.base.program, candidate: versions.candidate.program },
  };
  const most = (rule.looks.at(-1) ?? 0) * MOST_ROUNDS;
  const source = new BlockSource({
    leads: leadsOf(most, seededRandom(seed)),
    run: (place) => runBlock(place, context),
    readCanary,
    rest: () => sleep(REST_MS, undefined, { signal }),
    progress,
  });
  const rounds = await runRounds({
    rule,
    limitMs: order.minutes * MS_PER_MINUTE,
    measure: (round) => orInterrupted(() => source.next(round), signal),
    elapsedMs: () => performance.now() - startedMs,
    onDecision: (decision, blocks) => progress.done(lookLine(decision, blocks)),
  });
  const { dropped } = source;
  if (rounds.blocks.length === 0) signal.throwIfAborted();
  if (rounds.decision?.verdict !== 'fail' || signal.aborted || !order.attributes)
    return { rounds, dropped, attribution: null };
  const attribution = await attributeLoss(order, rounds.decision, context, source.blocksBegun + 1);
  return { rounds, dropped, attribution };
}

/** What was measured until an interruption is still a report; everything else that goes wrong is not. */
async function orInterrupted<Answer>(
  next: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | { readonly stopped: string }> {
  try {
    return await next();
  } catch (error) {
    if (signal.aborted) return { stopped: 'interrupted' };
    throw error;
  }
}

function lookLine(decision: GateDecision, blocks: number): string {
  const suspects = decision.metrics.filter(({ verdict }) => verdict === 'fail');
  const open = decision.metrics.filter(({ verdict }) => verdict === 'inconclusive').length;
  if (decision.needsConfirmation) {
    const names = suspects.map(({ arm, metric }) => `${arm} ${metric.name}`).join(', ');
    return `after ${blockCount(blocks)}: a loss is suspected (${names}); ${decision.confirmationBlocks} fresh blocks are to confirm it`;
  }
  if (decision.verdict !== 'inconclusive') return `after ${blockCount(blocks)}: ${decision.verdict}`;
  return `after ${blockCount(blocks)}: ${open} of ${decision.metrics.length} metrics are open`;
}
