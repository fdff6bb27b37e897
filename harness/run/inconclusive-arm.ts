import { generatorLimit } from '../measure/generator-limit.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { Arm } from '../scenario/scenario.ts';
import type { RunRecord } from './run-record.ts';

/** A shorter window is over before a process has warmed up: it says nothing of what either side can do in the long run. */
const SHORTEST_WINDOW_MS = 1_000;

const ADVICE = 'let it do less for a message (larger batches, fewer connections), or give it a machine with more cores';

/**
 * Why the figure of an arm tells what the load generator can do instead of the server, and what to do; undefined when it
 * does not. Under faults that is not asked: those runs are about the proof, and a load that catches up is as fast as it can.
 */
export function inconclusiveArm(arm: Arm, runs: readonly RunRecord[]): string | undefined {
  if (arm.faults.length > 0) return undefined;
  const [found] = runs.flatMap((run) => {
    const limit = limitOf(run);
    return limit === undefined ? [] : [`in round ${run.planned.round} ${limit}`];
  });
  return found === undefined ? undefined : `${found}: the server may be able to do more; ${ADVICE}`;
}

function limitOf(run: RunRecord): string | undefined {
  const { loadEventLoopUtilization: eventLoopUtilization, cpu, spending } = run;
  const { windowMs, openLoop } = run.summary;
  if (windowMs < SHORTEST_WINDOW_MS) return undefined;
  const cpuCores = cpu.loadGeneratorUs / (windowMs * 1_000);
  const wakeLag = openLoop?.wakeLagHistogram;
  const wakeLagUs = wakeLag === undefined ? null : latencyPercentiles(mergeHistograms([wakeLag]));
  const busiestWorker = spending.load.workers?.busiestLoop;
  return generatorLimit({ eventLoopUtilization, cpuCores, busiestWorker, wakeLagUs });
}
