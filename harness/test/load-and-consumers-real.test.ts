import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ConsumerHistory } from '../history/consumer-history.ts';
import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { SETTLE_OUTCOME_CODE, SETTLE_OUTCOMES, SETTLEMENTS } from '../history/settlement.ts';
import type { ConsumersProgress } from '../load/consumers.ts';
import { runLoad } from '../load/run-load.ts';
import { startConsumers } from '../load/start-consumers.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { configureQueue } from '../target/configure-queue.ts';
import type { RunningServer } from '../target/running-server.ts';
import { startServer } from '../target/server-process.ts';
import { armLoad, loadOrder } from './arm-load.ts';

// Few connections: the cluster is shared with the tests of other files.
const POOL_SIZE = 20;
const DATABASE = 'load_and_consumers_test';
const LEASE_MS = 2_000;
const admin = inject('postgres');
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'queueproof-test-'));
  await withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`));
  const database = { ...admin, database: DATABASE };
  const logFile = join(folder, 'server.log');
  server = await startServer({ workers: 2, poolSize: POOL_SIZE, database, logFile, startTimeoutMs: 45_000 });
});

afterAll(async () => {
  await server.stop();
  await withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`));
  await rm(folder, { recursive: true });
});

/** Producers and consumers side by side, then the drain. */
async function run(queue: string, runId: string, signal: AbortSignal) {
  const { baseUrl } = server;
  await configureQueue(baseUrl, queue, { leaseMs: LEASE_MS, retryLimit: 1_000, encrypted: false });
  const load = armLoad({
    ...{ batch: 20, partitions: 6, connections: 3, durationMs: 6_000, repeat: 0.1, poison: 0.05 },
    bulk: { producers: 1, batch: 200, pauseMs: 300 },
  });
  const progress: ConsumersProgress[] = [];
  using consumers = await startConsumers(
    {
      ...{ baseUrl, queue, runId, payloadBytes: load.payloadBytes, leaseMs: LEASE_MS, seed: 7 },
      consumers: {
        ...{ count: 3, groups: ['g1', 'g2'], batch: 100, wait: true, thinkMs: 2 },
        ...{ nack: 0.15, expire: 0.15, crash: 0.15 },
      },
    },
    (report) => progress.push(report),
    signal,
  );
  const outcome = await runLoad(loadOrder({ baseUrl, queue, runId, load, graceMs: 10_000 }), () => undefined, signal);
  const { consumption } = await consumers.drain(30_000);
  return { outcome, consumption, progress };
}

/** How often a group completed each message. */
function completions(history: ConsumerHistory, group: number, { messages }: Ledger): Uint8Array {
  const counts = new Uint8Array(messages);
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const isOurs = history.group(history.popOf(delivery)) === group;
    if (!isOurs || history.outcomeCode(delivery) !== SETTLE_OUTCOME_CODE.completed) continue;
    const message = history.message(delivery);
    counts[message] = (counts[message] ?? 0) + 1;
  }
  return counts;
}

function wordsOf(ledger: Ledger): readonly string[] {
  const codes = Array.from({ length: ledger.messages }, (_, message) => ledger.outcomeCode(message));
  return [...new Set(codes)].map((code) => ITEM_OUTCOMES[code] ?? '').sort();
}

describe('the reference server under producers and consumers at once', () => {
  let ran: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    ran = await run('real', 'r1', AbortSignal.timeout(55_000));
  });

  test('every group completes every message once, whatever its consumers leave undone', () => {
    const { outcome, consumption } = ran;
    const { ledger } = outcome;
    expect(consumption.drained).toEqual([true, true]);
    expect(ledger.messages).toBeGreaterThan(500);
    for (const group of [0, 1]) {
      expect([...new Set(completions(consumption.history, group, ledger))]).toEqual([1]);
    }
    const nothing = { count: 0, examples: [] };
    expect(consumption).toMatchObject({ unexpected: nothing, altered: nothing, malformed: nothing });
  });

  test('nacks are taken, late acks are refused, and crashed pops come again', () => {
    const { history } = ran.consumption;
    const seen = new Set<string>();
    for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
      const pop = history.popOf(delivery);
      const settlement = SETTLEMENTS[history.settlementCode(pop)] ?? '';
      const outcome = SETTLE_OUTCOMES[history.outcomeCode(delivery)] ?? '';
      // A machine that stands still for a lease makes the consumers late against their will.
      const isLate = history.settleCompletedUs(pop) - history.invokedUs(pop) > LEASE_MS * 1_000;
      seen.add(`${settlement} ${outcome}${settlement !== 'expire' && isLate ? ', late' : ''}`);
    }
    const possible = [
      ...['ack completed', 'nack failed', 'expire refused', 'expire unsettled', 'crash unsettled'],
      ...['ack completed, late', 'nack failed, late', 'ack refused, late', 'nack refused, late'],
    ];
    expect([...seen].filter((each) => !possible.includes(each))).toEqual([]);
    for (const word of ['ack completed', 'nack failed', 'crash unsettled']) expect(seen).toContain(word);
    expect([...seen].some((each) => each.startsWith('expire'))).toBe(true);
    expect(ran.progress.at(-1)?.delivered).toBeGreaterThan(0);
  });

  test('repeats are duplicates, and bad items are refused without harm to their neighbours', () => {
    const { ledger, repeats, badItems, errors } = ran.outcome;
    expect(errors).toEqual([]);
    expect(wordsOf(ledger).filter((word) => word !== 'duplicate')).toEqual(['queued']);
    expect(wordsOf(repeats.ledger).filter((word) => word !== 'queued')).toEqual(['duplicate']);
    expect(badItems.sent).toBeGreaterThan(0);
    expect(badItems).toMatchObject({ refused: badItems.sent, accepted: { count: 0 }, malformed: { count: 0 } });
    // Of an original and its repeat one is queued: the sums are those of the messages.
    const queued = (of: Ledger) =>
      Array.from({ length: of.messages }, (_, message) => of.outcomeCode(message)).filter(
        (code) => ITEM_OUTCOMES[code] === 'queued',
      ).length;
    expect(queued(ledger) + queued(repeats.ledger)).toBe(ledger.messages);
  });
});
