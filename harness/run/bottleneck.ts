import type { RunRecord } from './run-record.ts';

/** From here on the cores count as the limit; the rest is what the operating system and the sampling take. */
const BUSY_SHARE = 0.8;
const BUSY_EVENT_LOOP = 0.95;

/** Names what limited a run, in one sentence, from CPU times; undefined where the platform tells none. */
export function bottleneckOf(runs: readonly RunRecord[], cores: number): string | undefined {
  const windowUs = sum(runs, ({ cpu }) => cpu.windowUs);
  const serverUs = sum(runs, ({ cpu }) => cpu.serverUs);
  const postgresUs = sum(runs, ({ cpu }) => cpu.postgresUs);
  const generatorUs = sum(runs, ({ cpu }) => cpu.loadGeneratorUs);
  if (windowUs === undefined || serverUs === undefined || postgresUs === undefined || generatorUs === undefined) {
    return undefined;
  }
  const capacityUs = windowUs * cores;
  if (capacityUs <= 0) return undefined;
  const busyShare = (serverUs + postgresUs + generatorUs) / capacityUs;
  const shares = `PostgreSQL ${percent(postgresUs / capacityUs)}, server ${percent(serverUs / capacityUs)}, load generator ${percent(generatorUs / capacityUs)}`;
  const loopShare = Math.max(...runs.map((run) => run.loadEventLoopUtilization));
  if (busyShare >= BUSY_SHARE) return `the CPU: all ${cores} cores are busy (${shares}).`;
  if (loopShare >= BUSY_EVENT_LOOP) {
    return `the load generator: its event loop is ${percent(loopShare)} busy; the server could take more (${shares}).`;
  }
  return `waiting: the cores are only ${percent(busyShare)} busy (${shares}); commits, locks and round trips set the pace.`;
}

function sum(runs: readonly RunRecord[], part: (run: RunRecord) => number | undefined): number | undefined {
  return runs.reduce<number | undefined>((total, run) => {
    const value = part(run);
    return total === undefined || value === undefined ? undefined : total + value;
  }, 0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
