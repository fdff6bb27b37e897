import { runChecks } from '../checkers/run-checks.ts';
import { type CheckResult, mergeVerdicts, type Verdict } from '../checkers/verdict.ts';
import type { BadItems, Consumption, RunEvidence } from '../history/evidence.ts';
import { writeEvidence } from '../history/evidence-file.ts';
import type { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import { attempt } from '../run/attempt.ts';
import { checksToMake } from '../run/checks-to-make.ts';
import { scanServerLog } from '../run/scan-log.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { readBuffer } from '../target/buffer-status.ts';
import { expectedBudget } from '../target/expected-budget.ts';
import { settle } from '../target/settle.ts';
import type { BlockServer } from './server-pair.ts';
import type { Side } from './slice-order.ts';

/** What the checkers say of one server of a block. */
export interface SideProof {
  readonly side: Side;
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
}

interface ProofOrder {
  readonly history: { readonly ledger: Ledger; readonly consumption: Consumption };
  readonly scenario: Pick<Scenario, 'checks'>;
  /** Where the history of a proof that does not hold is kept, and its number among the reports'. */
  readonly folder: string;
  readonly index: number;
  readonly block: number;
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** Every item was good. */
const NO_BAD_ITEMS: BadItems = Object.freeze({
  sent: 0,
  refused: 0,
  accepted: { count: 0, examples: [] },
  malformed: { count: 0, examples: [] },
});

/** A gate judges no processes at rest: those take longer to look at than a block to run. */
const LEFT_OUT: readonly string[] = ['leaks', 'encryption'];

/**
 * Stops a server whose queue was emptied, and judges everything it was asked and answered in its block, warm-up and pauses
 * included. The history is written only when the proof does not hold.
 */
export async function proveServer(server: BlockServer, order: ProofOrder): Promise<SideProof> {
  const { arm, target, watch, clock, side } = server;
  const { ledger, consumption } = order.history;
  const { signal } = order;
  const recovery = await settle({ baseUrl: target.baseUrl, limitMs: order.patienceMs, signal });
  const buffer = await attempt(() => readBuffer(target.baseUrl), signal);
  await target.stop();
  const budget = expectedBudget(arm.server.poolSize, arm.server.poolMode);
  const seen = await watch.collect({ ledger, target, budget, signal });
  const evidence: RunEvidence = {
    ...{ ledger, consumption, clock, recovery, buffer, ...seen },
    ...{ repeats: new Repeats(ledger.runId), badItems: NO_BAD_ITEMS, faults: [] },
    promises: { partitions: arm.load.partitions, ...arm.queue, faults: [] },
    resources: { missing: 'a gate does not look at idle servers' },
    cleartext: { missing: 'a gate does not search for cleartext' },
    serverLog: 'file' in target.log ? await scanServerLog(target.log.file) : target.log,
    lifecycle: target.lifecycle,
  };
  const acking = { ...arm, drain: { ...arm.drain, mode: 'ack' as const } };
  const names = checksToMake(acking, order.scenario).filter((name) => !LEFT_OUT.includes(name));
  const checks = runChecks(names, evidence);
  const verdict = mergeVerdicts(checks.map((check) => check.verdict));
  if (verdict !== 'valid') {
    const heading = { arm: `${side}, block ${order.block}`, round: 1, checks: names, evidence };
    await writeEvidence(order.folder, order.index, heading);
    server.watched.database.keep();
  }
  return { side, verdict, checks };
}
