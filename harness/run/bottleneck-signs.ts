import { overlapUs } from '../measure/spans.ts';
import type { BottleneckSigns } from './bottleneck.ts';
import type { RunRecord } from './run-record.ts';
import { sessionWaits, waitShares } from './session-waits.ts';

/**
 * What the runs of an arm say about their limit: shares over all rounds together, of event loops the busiest round's.
 * Undefined where the platform tells no CPU times; a sign that was not seen in every round is absent.
 */
export function bottleneckSigns(runs: readonly RunRecord[], cores: number): BottleneckSigns | undefined {
  const serverUs = sum(runs, ({ cpu }) => cpu.serverUs);
  const postgresUs = sum(runs, ({ cpu }) => cpu.postgresUs);
  const readUs = sum(runs, loadedUs) ?? 0;
  const windowUs = sum(runs, ({ summary }) => summary.windowMs * 1000) ?? 0;
  if (serverUs === undefined || postgresUs === undefined || readUs <= 0 || windowUs <= 0) return undefined;
  const generatorUs = sum(runs, ({ cpu }) => cpu.loadGeneratorUs) ?? 0;
  return {
    cores,
    postgresCpuShare: shareOf(postgresUs, readUs * cores),
    serverCpuShare: shareOf(serverUs, readUs * cores),
    generatorCpuShare: shareOf(generatorUs, windowUs * cores),
    generatorEventLoop: Math.max(...runs.map((run) => run.loadEventLoopUtilization)),
    serverEventLoop: busiestLoop(runs),
    poolWaitShare: poolWaitShare(runs),
    ...waitShares(runs.flatMap(sessionWaits)),
  };
}

/** The part of the time between readings of CPU time in which the load was there: outside it nothing is spent. */
function loadedUs({ cpu, measured }: RunRecord): number {
  return overlapUs(cpu.spans, measured);
}

function busiestLoop(runs: readonly RunRecord[]): number | undefined {
  const loops = runs.map(({ spending }) => spending.load.workers?.busiestLoop);
  return loops.every((loop) => loop !== undefined) ? Math.max(...loops) : undefined;
}

/** The thread-pool route does not use the pool whose waits are counted. */
function poolWaitShare(runs: readonly RunRecord[]): number | undefined {
  if (runs.some(({ planned }) => planned.arm.load.route === 'push-legacy')) return undefined;
  const waitedUs = sum(runs, ({ spending }) => spending.load.workers?.poolWaitUs);
  const requestsUs = sum(runs, ({ spending }) => spending.requestTimeUs) ?? 0;
  return waitedUs === undefined || requestsUs <= 0 ? undefined : shareOf(waitedUs, requestsUs);
}

function shareOf(part: number, whole: number): number {
  return Math.min(1, part / whole);
}

function sum(runs: readonly RunRecord[], part: (run: RunRecord) => number | undefined): number | undefined {
  return runs.reduce<number | undefined>((total, run) => {
    const value = part(run);
    return total === undefined || value === undefined ? undefined : total + value;
  }, 0);
}
