import { median } from 'simple-statistics';
import type { RunSummary } from '../measure/summarize-run.ts';
import type { RunRecord } from './run-record.ts';

/** An amount of one run, and the messages it was spent on: both of the same stretch of the run. */
interface Cost {
  readonly amount: number | undefined;
  readonly messages: number;
}

/** By the name it has in `arm.costs`. */
const COSTS: Readonly<Record<string, (run: RunRecord) => Cost>> = {
  serverCpuUs: ({ cpu, spending }) => ({ amount: cpu.serverUs, messages: spending.cpuMessages }),
  postgresCpuUs: ({ cpu, spending }) => ({ amount: cpu.postgresUs, messages: spending.cpuMessages }),
  loadGeneratorCpuUs: ({ cpu, summary }) => ({ amount: cpu.loadGeneratorUs, messages: summary.measuredMessages }),
  // From before the load's first request to after its last reply.
  statements: ({ spending, summary }) => ofAll(summary, spending.load.database?.statements),
  writeTransactions: ({ spending, summary }) => ofAll(summary, spending.load.database?.writeTransactions),
  walBytes: ({ spending, summary }) => ofAll(summary, spending.load.database?.walBytes),
  serverAllocatedBytes: ({ planned, spending, summary }) =>
    // The threads of the other route have heaps of their own, which nobody counts.
    ofAll(summary, planned.arm.load.route === 'push' ? spending.load.workers?.allocatedBytes : undefined),
  // From the server's start to its end.
  rowsWrittenWithDrain: ({ spending, summary }) => ofAll(summary, spending.totals.rowsWritten),
  walFsyncsWithDrain: ({ spending, summary }) => ofAll(summary, spending.totals.walFsyncs),
};

/** Every message that was acknowledged, warm-up included. */
function ofAll({ acknowledgedMessages }: RunSummary, amount: number | undefined): Cost {
  return { amount, messages: acknowledgedMessages };
}

/**
 * What one acknowledged message cost, median of the rounds; docs/costs.md says what each figure is. A cost that could not
 * be told in every round is left out: never a guess, never 0.
 */
export function costsPerMessage(runs: readonly RunRecord[]): Record<string, number> {
  const costs: Record<string, number> = {};
  for (const [name, costOf] of Object.entries(COSTS)) {
    const byRound = runs.map((run) => {
      const { amount, messages } = costOf(run);
      return amount === undefined || messages === 0 ? undefined : amount / messages;
    });
    const known = byRound.filter((cost) => cost !== undefined);
    if (known.length > 0 && known.length === byRound.length) costs[name] = median(known);
  }
  return costs;
}
