/** How near each part of a system was to its own end; every share is 0…1. */
export interface BottleneckSigns {
  readonly cores: number;
  /** Of all cores. */
  readonly postgresCpuShare: number;
  readonly serverCpuShare: number;
  readonly generatorCpuShare: number;
  /** Of the time, how busy the event loop of the load process was, and that of the server's busiest worker. */
  readonly generatorEventLoop: number;
  readonly serverEventLoop?: number | undefined;
  /** Of the time the server's sessions had something to do, how much they waited for the log's fsync, or for a lock. */
  readonly walWaitShare?: number | undefined;
  readonly lockWaitShare?: number | undefined;
  /** Of the time requests were under way, how much they waited for a connection of the pool. */
  readonly poolWaitShare?: number | undefined;
}

/** A part of the system as it is named in reports. */
interface Candidate {
  readonly name:
    | 'PostgreSQL CPU'
    | 'server CPU'
    | 'load generator'
    | 'event loop'
    | 'lock wait'
    | 'WAL fsync'
    | 'pool wait';
  readonly share: number;
  /** What the share is a share of, as the end of a sentence. */
  readonly of: string;
}

/** From here on the cores count as used up; the rest is what the operating system and the sampling take. */
const BUSY_CORES = 0.8;
/** A thread that is busy for so much of the time can hardly do more. */
const BUSY_LOOP = 0.9;
/** A wait that takes less than this does not set the pace. */
const LONG_WAIT = 0.25;

/**
 * Names what limited a run and the runner-up, with their numbers, in one sentence that begins with the name.
 *
 * What is used up is a limit, what is waited for only a sign of one: so first the cores, then a thread that cannot do more,
 * then the longest wait. When the cores are used up, whoever takes most of them is the limit: an event loop is then busy
 * also while its thread waits for a core, and tells nothing.
 */
export function bottleneckOf(signs: BottleneckSigns): string {
  const cpu = cpuCandidates(signs);
  const busy = cpu.reduce((sum, { share }) => sum + share, 0);
  // What other programs take meanwhile is not in it.
  const all = `the run took ${percent(busy)} of the ${signs.cores} cores`;
  if (busy >= BUSY_CORES) return sentence(highest(cpu), all, cpu);
  const loops = loopCandidates(signs);
  const waits = waitCandidates(signs);
  const limit =
    highest(loops.filter(({ share }) => share >= BUSY_LOOP)) ??
    highest(waits.filter(({ share }) => share >= LONG_WAIT));
  return sentence(limit, all, [...loops, ...waits, ...cpu]);
}

function sentence(limit: Candidate | undefined, all: string, candidates: readonly Candidate[]): string {
  const next = highest(candidates.filter(({ name }) => name !== limit?.name));
  const runnerUp = next === undefined ? '' : `${next.name} (${percent(next.share)} of ${next.of})`;
  if (limit !== undefined) return `${limit.name}: ${percent(limit.share)} of ${limit.of}; ${all}; next ${runnerUp}.`;
  return `no part that was measured: ${all}; waiting sets the pace, as for commits, locks and round trips; nearest ${runnerUp}.`;
}

function cpuCandidates(signs: BottleneckSigns): readonly Candidate[] {
  const of = 'the CPU time there is';
  return [
    { name: 'PostgreSQL CPU', share: signs.postgresCpuShare, of },
    { name: 'server CPU', share: signs.serverCpuShare, of },
    { name: 'load generator', share: signs.generatorCpuShare, of },
  ];
}

function loopCandidates({ generatorEventLoop, serverEventLoop }: BottleneckSigns): readonly Candidate[] {
  return [
    { name: 'load generator', share: generatorEventLoop, of: 'the time of its event loop' },
    ...candidate('event loop', serverEventLoop, "the time of the server's busiest worker"),
  ];
}

function waitCandidates({ lockWaitShare, walWaitShare, poolWaitShare }: BottleneckSigns): readonly Candidate[] {
  return [
    ...candidate('lock wait', lockWaitShare, "the time of the server's sessions"),
    ...candidate('WAL fsync', walWaitShare, "the time of the server's sessions"),
    ...candidate('pool wait', poolWaitShare, 'the time of requests'),
  ];
}

function candidate(name: Candidate['name'], share: number | undefined, of: string): readonly Candidate[] {
  return share === undefined ? [] : [{ name, share, of }];
}

/** The first of the highest. */
function highest(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, one) => (best === undefined || one.share > best.share ? one : best),
    undefined,
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
