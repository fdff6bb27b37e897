import { linearRegression } from 'simple-statistics';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import type { IdleReading, ResourceSample } from '../history/resource-samples.ts';
import { Judgement } from './judgement.ts';
import type { CheckResult } from './verdict.ts';

/**
 * What may be held after the load beyond what was held before: threads and files that are opened once, at first use.
 * The reference server holds 334 descriptors and 64 threads, and not one more or less after a load.
 */
const ALLOWED_SHARE = 0.1;
const ALLOWED_AT_LEAST = 16;

/**
 * CPU time in idleness, in cores. The reference server takes 0.02; a process that spins takes 1, or what others leave it:
 * 0.3 with the load of a whole test run beside it.
 */
const MAX_IDLE_CPU_SHARE = 0.2;

/** Shorter loads say nothing about memory: heaps grow until they are first collected in full. */
const MIN_LOAD_MS = 60_000;

/**
 * Growth of memory in the second half of the load that is no leak. The reference server, at about 1,060 MB, grows by 2 % in
 * the second half of 75 s; 1 kB a message lost would be 15 %.
 */
const MAX_GROWTH_SHARE = 0.12;
const MAX_GROWTH_BYTES = 64 * 2 ** 20;

/** Time before an idle reading that it speaks for. */
const IDLE_MS = 1000;

const BYTES_PER_MB = 2 ** 20;

/**
 * After load and drain the server holds what it held before: files and sockets, threads, sessions; nobody keeps a
 * transaction open, no process spins. In a load of a minute or more its memory comes to rest as well.
 */
export function checkLeaks(evidence: RunEvidence): CheckResult {
  const { resources } = evidence;
  const judgement = new Judgement('leaks');
  if (isMissing(resources)) {
    judgement.lack(resources.missing);
    return judgement.result({}, '');
  }
  const { idle, samples } = resources;
  const [before] = idle;
  const after = idle.at(-1);
  if (before === undefined || after === undefined || before === after) {
    judgement.lack('the server was not looked at in idleness both before and after the load');
    return judgement.result({}, '');
  }
  judgeHoldings(judgement, before, after);
  if (after.cpuShare > MAX_IDLE_CPU_SHARE) {
    judgement.accuse(`it takes ${after.cpuShare.toFixed(2)} cores with nothing to do`, [
      `in the calmest second after the drain, at ${Math.round(after.atMs)} ms`,
    ]);
  }
  judgeSessions(judgement, evidence, before, after);
  const growth = judgeMemory(judgement, evidence, samples);
  const counts = {
    descriptorsBefore: before.descriptors,
    descriptorsAfter: after.descriptors,
    threadsBefore: before.threads,
    threadsAfter: after.threads,
    rssBeforeMb: Math.round(before.rssBytes / BYTES_PER_MB),
    rssAfterMb: Math.round(after.rssBytes / BYTES_PER_MB),
    idleCpuPercent: Math.round(after.cpuShare * 100),
    ...(growth === undefined ? {} : { rssGrowthMb: Math.round(growth / BYTES_PER_MB) }),
  };
  const memory = growth === undefined ? `; memory is judged in loads of ${MIN_LOAD_MS / 1000} s and more` : '';
  return judgement.result(
    counts,
    `${after.descriptors} descriptors and ${after.threads} threads, before the load ${before.descriptors} and ${before.threads}${memory}`,
  );
}

function judgeHoldings(judgement: Judgement, before: IdleReading, after: IdleReading): void {
  for (const name of ['descriptors', 'threads'] as const) {
    const allowed = Math.max(ALLOWED_AT_LEAST, before[name] * ALLOWED_SHARE);
    if (after[name] <= before[name] + allowed) continue;
    judgement.accuse(`${after[name] - before[name]} more ${name} than before the load`, [
      `at ${Math.round(before.atMs)} ms ${before[name]} ${name} in ${before.processes} processes, at ${Math.round(after.atMs)} ms ${after[name]} in ${after.processes}`,
    ]);
  }
}

/** What holds through all looks of the last idle second is there to stay. */
function judgeSessions(
  judgement: Judgement,
  { connections }: RunEvidence,
  before: IdleReading,
  after: IdleReading,
): void {
  if (isMissing(connections)) {
    judgement.lack(connections.missing);
    return;
  }
  const lookedAt = (reading: IdleReading) =>
    connections.samples.filter(({ atMs }) => atMs <= reading.atMs && atMs >= reading.atMs - IDLE_MS);
  const last = lookedAt(after);
  if (last.length === 0) {
    judgement.lack('nobody looked at the sessions after the drain');
    return;
  }
  const stuck = Math.min(...last.map(({ idleInTransaction }) => idleInTransaction));
  if (stuck > 0) judgement.accuse(`${stuck} sessions stay in a transaction after the drain`);
  const sessionsOf = (looks: typeof last) => looks.map(({ async, regular, unnamed }) => async + regular + unnamed);
  const allowed = Math.max(
    ...sessionsOf(lookedAt(before)),
    isMissing(connections.budget) ? 0 : connections.budget.total,
  );
  const left = Math.min(...sessionsOf(last));
  if (left > allowed) judgement.accuse(`${left} sessions stay after the drain, before the load there were ${allowed}`);
}

/** How many bytes the memory grew by in the second half of the load; undefined when that was too short to tell. */
function judgeMemory(
  judgement: Judgement,
  { ledger, clock }: RunEvidence,
  samples: readonly ResourceSample[],
): number | undefined {
  let endUs = 0;
  for (let request = 0; request < ledger.requests; request += 1) endUs = Math.max(endUs, ledger.completedUs(request));
  const [fromMs, toMs] = [ledger.intendedUs(0), endUs].map((us) => (us - clock.monotonicUs) / 1000) as [number, number];
  if (toMs - fromMs < MIN_LOAD_MS) return undefined;
  const middleMs = (fromMs + toMs) / 2;
  const half = samples.filter(({ atMs }) => atMs >= middleMs && atMs <= toMs);
  const [first] = half;
  const last = half.at(-1);
  if (first === undefined || last === undefined || half.length < 10) {
    judgement.lack(`memory was looked at only ${half.length} times in the second half of the load`);
    return undefined;
  }
  const { m: bytesPerMs } = linearRegression(half.map(({ atMs, rssBytes }) => [atMs, rssBytes]));
  const growth = bytesPerMs * (last.atMs - first.atMs);
  const allowed = Math.max(MAX_GROWTH_BYTES, first.rssBytes * MAX_GROWTH_SHARE);
  if (growth > allowed) {
    judgement.accuse(`memory grew by ${Math.round(growth / BYTES_PER_MB)} MB in the second half of the load`, [
      `${Math.round(first.rssBytes / BYTES_PER_MB)} MB at ${Math.round(first.atMs)} ms, ${Math.round(last.rssBytes / BYTES_PER_MB)} MB at ${Math.round(last.atMs)} ms`,
    ]);
  }
  return growth;
}
