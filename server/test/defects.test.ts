import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ack, ackBatch, ackOf, pop } from './consumer.ts';
import { SOON, type TestDatabase, useTestDatabase } from './test-database.ts';
import {
  createBufferFolder,
  isAlive,
  lockPartition,
  type PushedItem,
  TestServer,
  untilBlocked,
} from './test-server.ts';

const PUSH = '/api/v1/push';
const MAINTENANCE = '/api/v1/system/maintenance';
const EXTRA = Object.freeze({ QUEEN_ENCRYPTION_KEY: '0f'.repeat(32) });

/** What makes a variant show itself, and what is seen of it and of the good server. */
interface Case {
  readonly see: (server: TestServer, queue: string) => Promise<unknown>;
  readonly good: unknown;
  readonly broken: unknown;
  /** Options of the queue. */
  readonly options?: object;
}

const database: TestDatabase = useTestDatabase('end');

const CASES: Readonly<Record<string, Case>> = {
  'no-drain-on-release': { see: wordsOfPushes, good: ['queued'], broken: ['failed', 'queued'] },
  'no-rollback-on-release': { see: wordsOfPushes, good: ['queued'], broken: expect.arrayContaining(['failed']) },
  'settings-lost-on-replacement': {
    see: async (server, queue) => {
      await database.terminate();
      // Whatever it is answered, the connections are being replaced.
      await push(server, queue, ['a']).catch(() => undefined);
      // As many at once as there are connections, and more.
      const asks = numbered(40).map(() => server.get('/api/v1/resources/queues'));
      return (await Promise.all(asks)).some(({ text }) => text.includes('does not exist'));
    },
    good: false,
    broken: true,
  },
  'budget-not-divided': { see: countConnections, good: 9, broken: 18 },
  'extra-connections': { see: countConnections, good: 9, broken: 13 },
  'created-at-cursor': {
    see: async (server, queue) => {
      await push(server, queue, ['first']);
      await server.drain(queue);
      await using side = await database.openSession();
      // A row that is not committed stops the large push in its middle.
      await side.client.query('begin');
      await side.client.query(
        `insert into queen.messages (partition_id, seq, id, transaction_id, created_at, payload)
         select p.id, -1, gen_random_uuid(), 'stop', now(), 'null'
         from queen.partitions p join queen.queues q on q.id = p.queue_id where q.name = $1`,
        [queue],
      );
      await using one = await server.connectTo(1);
      await using other = await server.connectTo(2);
      const large = one.post(PUSH, { items: itemsOf(queue, ['x', 'y', 'stop']) });
      await untilBlocked(database, 1);
      const small = other.post(PUSH, { items: itemsOf(queue, ['z']) });
      await Promise.race([small, untilBlocked(database, 2)]);
      const early = await server.drain(queue);
      await side.client.query('rollback');
      await Promise.all([large, small]);
      return [...early, ...(await server.drain(queue))].length;
    },
    good: 4,
    broken: 1,
  },
  'skip-locked': {
    see: async (server, queue) => {
      await push(server, queue, ['a', 'b', 'c', 'd']);
      await using side = await database.openSession();
      await side.client.query('begin');
      await side.client.query(
        `select from queen.messages m join queen.partitions p on p.id = m.partition_id
         join queen.queues q on q.id = p.queue_id
         where q.name = $1 and m.transaction_id in ('a', 'b') for update of m`,
        [queue],
      );
      const early = await server.drain(queue);
      await side.client.query('rollback');
      return [...early, ...(await server.drain(queue))].length;
    },
    good: 4,
    broken: 2,
  },
  'empty-status': {
    see: async (server, queue) => wordsOf(await push(server, queue, numbered(200))),
    good: ['queued'],
    broken: ['', 'queued'],
  },
  'reply-slots-swapped': {
    see: async (server, queue) => {
      const ids = (await pushOneByOne(server, queue, 50)).map(({ transaction_id: id }) => id);
      return numbered(50).filter((id, index) => id !== ids[index]).length;
    },
    good: 0,
    broken: 1,
  },
  'one-bad-row-takes-others': {
    see: async (server, queue) => (await push(server, queue, ['a', 'a', 'b'])).map(({ status }) => status),
    good: ['queued', 'duplicate', 'queued'],
    broken: ['failed', 'failed', 'failed'],
  },
  'lost-after-reconnect': {
    see: async (server, queue) => {
      await push(server, queue, ['a']);
      const lock = await lockPartition(database, queue);
      const pushing = push(server, queue, ['b']);
      await untilBlocked(database, 1);
      await database.terminate();
      await lock[Symbol.asyncDispose]();
      return [wordsOf(await pushing), (await server.drain(queue)).length];
    },
    good: [['queued'], 2],
    broken: [['queued'], 1],
  },
  'duplicate-on-retry': {
    see: async (server, queue) => {
      await pushOneByOne(server, queue, 50);
      return (await server.drain(queue)).length;
    },
    good: 50,
    broken: 51,
  },
  'duplicate-answered-queued': {
    see: async (server, queue) => {
      await push(server, queue, ['a']);
      return wordsOf(await push(server, queue, ['a']));
    },
    good: ['duplicate'],
    broken: ['queued'],
  },
  'joined-group-key': {
    see: async (server, queue) => {
      await server.configure(`${queue}:1`);
      const items = [
        { queue, partition: '1:2' },
        { queue: `${queue}:1`, partition: '2' },
      ];
      await server.push(PUSH, items);
      return (await server.drain(`${queue}:1`)).length;
    },
    good: 1,
    broken: 0,
  },
  'buffer-drops-duplicates-batch': {
    see: async (server, queue) => {
      await server.post(MAINTENANCE, { enabled: true });
      await push(server, queue, ['a', 'b', 'c', 'a']);
      await server.post(MAINTENANCE, { enabled: false });
      await vi.waitFor(async () => expect(await buffered(server)).toBe(0), SOON);
      return (await server.drain(queue)).length;
    },
    good: 3,
    broken: 0,
  },
  'maintenance-feeds-itself': {
    see: async (server, queue) => {
      await server.post(MAINTENANCE, { enabled: true });
      await push(server, queue, numbered(9));
      // Nothing is to happen in this time, and a buffer that feeds itself has grown twice.
      await delay(1_200);
      const count = await buffered(server);
      await server.post(MAINTENANCE, { enabled: false });
      return count;
    },
    good: 9,
    broken: expect.toSatisfy((count) => count > 9),
  },
  'overtaking-buffer': {
    see: async (server, queue) => {
      await push(server, queue, ['a']);
      await server.post(MAINTENANCE, { enabled: true });
      await push(server, queue, ['b']);
      const lock = await lockPartition(database, queue);
      await server.post(MAINTENANCE, { enabled: false });
      await untilBlocked(database, 1);
      const results = await server.push(PUSH, [{ queue, partition: 'other' }]);
      await lock[Symbol.asyncDispose]();
      await vi.waitFor(async () => expect(await buffered(server)).toBe(0), SOON);
      return wordsOf(results);
    },
    good: ['buffered'],
    broken: ['queued'],
  },
  'cursor-backwards': {
    see: async (server, queue) => {
      await push(server, queue, numbered(40));
      let deliveries = 0;
      for (;;) {
        const messages = await pop(server, queue, { batch: 2 });
        if (messages.length === 0) return deliveries;
        deliveries += messages.length;
        await ackBatch(
          server,
          messages.map((message) => ackOf(message)),
        );
      }
    },
    good: 40,
    broken: 41,
  },
  'stale-ack-accepted': {
    see: async (server, queue) => {
      await push(server, queue, ['a']);
      const [mine] = await pop(server, queue);
      await vi.waitFor(async () => expect(await pop(server, queue)).toHaveLength(1), SOON);
      return await ack(server, mine);
    },
    options: { leaseTime: 1 },
    good: 'invalid_lease',
    broken: 'completed',
  },
  'ack-forgotten': {
    see: async (server, queue) => {
      await settleTwentyPartitions(server, queue, 'g');
      const { rows } = await database.admin.query(
        `select from queen.partition_consumers c join queen.queues q on q.id = c.queue_id
         where q.name = $1 and lease_expires_at is not null`,
        [queue],
      );
      return rows.length;
    },
    good: 0,
    broken: 4,
  },
  'retention-by-any-group': {
    see: async (server, queue) => {
      await settleTwentyPartitions(server, queue, 'fast');
      return (await server.drain(queue)).length;
    },
    good: 20,
    broken: 16,
  },
  'shared-lease': {
    see: async (server, queue) => {
      await using one = await server.connectTo(1);
      await using other = await server.connectTo(1);
      const waiting = [one, other].map((client) => pop(client, queue, { wait: true, timeout: 1_500, batch: 10 }));
      await push(server, queue, ['a', 'b']);
      return (await Promise.all(waiting)).map(({ length }) => length).sort();
    },
    good: [0, 2],
    broken: [1, 1],
  },
  'abandoned-waiter-swallows': {
    see: async (server, queue) => {
      const gone = await server.connectTo(1);
      await using present = await server.connectTo(1);
      const abandoned = pop(gone, queue, { wait: true, timeout: 10_000 }).catch(() => undefined);
      await untilOneWaits(server);
      await gone[Symbol.asyncDispose]();
      await abandoned;
      const waiting = pop(present, queue, { wait: true, timeout: 1_500 });
      await push(server, queue, ['a']);
      return (await waiting).length;
    },
    good: 1,
    broken: 0,
  },
  leak: {
    see: async (server, queue) => {
      const before = descriptors(server);
      for (const _ of numbered(50)) await pop(server, queue);
      return descriptors(server) - before >= 50;
    },
    good: false,
    broken: true,
  },
  'transaction-not-atomic': {
    see: async (server, queue) => {
      const nowhere = '00000000-0000-0000-0000-000000000000';
      const operations = [
        { type: 'push', items: [{ queue, payload: 1 }] },
        { type: 'ack', transactionId: 'none', partitionId: nowhere },
      ];
      const { body } = await server.post('/api/v1/transaction', { operations });
      return [body.success, (await server.drain(queue)).length];
    },
    good: [false, 0],
    broken: [true, 1],
  },
  'blocked-event-loop': {
    see: async (server, queue) => {
      await using pushing = await server.connectTo(1);
      await using looking = await server.connectTo(1);
      let done = false;
      const large = pushing.post(PUSH, { items: itemsOf(queue, numbered(10_000)) }).finally(() => {
        done = true;
      });
      let longestMs = 0;
      while (!done) {
        const askedAt = performance.now();
        await looking.get('/health');
        longestMs = Math.max(longestMs, performance.now() - askedAt);
      }
      await large;
      return longestMs >= 600;
    },
    good: false,
    broken: true,
  },
  'busy-loop-after-load': {
    see: async (server, queue) => {
      await push(server, queue, ['a']);
      const before = cpuTicks(server);
      await delay(500);
      // A tick is 10 ms; a fifth of one core is more than an idle server ever needs.
      return cpuTicks(server) - before >= 10;
    },
    good: false,
    broken: true,
  },
  'encryption-ignored': {
    see: async (server, queue) => {
      await server.push(PUSH, [{ queue, payload: 'in clear' }]);
      const { rows } = await database.admin.query(
        `select m.payload::text like '%in clear%' as readable from queen.messages m
         join queen.partitions p on p.id = m.partition_id join queen.queues q on q.id = p.queue_id where q.name = $1`,
        [queue],
      );
      return rows;
    },
    options: { encryptionEnabled: true },
    good: [{ readable: false }],
    broken: [{ readable: true }],
  },
  'max-size-ignored': {
    see: async (server, queue) => [
      ...wordsOf(await push(server, queue, ['a'])),
      ...wordsOf(await push(server, queue, ['b'])),
    ],
    options: { maxSize: 1 },
    good: ['queued', 'failed'],
    broken: ['queued', 'queued'],
  },
  'dead-letters-too-early': {
    see: async (server, queue) => {
      await push(server, queue, ['a']);
      const [message] = await pop(server, queue);
      return await ack(server, message, 'failed');
    },
    options: { retryLimit: 3 },
    good: 'failed_retry',
    broken: 'failed_dlq',
  },
};

/** Of variants that show themselves after a restart. */
const RESTARTS = ['buffer-without-fsync', 'recovery-drops-file'];

test('every variant is seen to be broken here', () => {
  const files = readdirSync(fileURLToPath(new URL('../defects', import.meta.url)), { withFileTypes: true });
  const names = files.filter((entry) => entry.isFile()).map(({ name }) => basename(name, '.ts'));
  expect([...Object.keys(CASES), ...RESTARTS].sort()).toEqual(names.sort());
});

describe('the good server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start(database, EXTRA);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test.each(Object.keys(CASES))('is not %s', async (defect) => {
    expect(await seen(server, defect, `good-${defect}`)).toEqual(CASES[defect]?.good);
  });

  test('keeps what was answered buffered over SIGKILL', async () => {
    expect(await bufferedAfterRestart(undefined)).toBe(1);
  });
});

describe('a broken variant is what it says', () => {
  test.each(Object.keys(CASES))('%s', async (defect) => {
    await using server = await TestServer.start(database, EXTRA, defect);
    expect(await seen(server, defect, defect)).toEqual(CASES[defect]?.broken);
  });

  test.each(RESTARTS)('%s', async (defect) => {
    expect(await bufferedAfterRestart(defect)).toBe(0);
  });
});

async function seen(server: TestServer, defect: string, queue: string): Promise<unknown> {
  const shown = CASES[defect];
  await server.configure(queue, shown?.options);
  return await shown?.see(server, queue);
}

/** Buffers one message, kills everything at once, starts again and tells what is in the buffer. */
async function bufferedAfterRestart(defect: string | undefined): Promise<number> {
  const folder = createBufferFolder();
  const queue = `restart-${defect}`;
  try {
    const extra = { ...EXTRA, FILE_BUFFER_DIR: folder };
    const killed = await TestServer.start(database, extra, defect);
    await killed.configure(queue);
    await killed.post(MAINTENANCE, { enabled: true });
    expect(wordsOf(await push(killed, queue, ['a']))).toEqual(['buffered']);
    killed.process.kill('SIGKILL');
    for (const pid of killed.process.workerPids().filter(isAlive)) process.kill(pid, 'SIGKILL');
    await killed.process.exitCode();
    await killed[Symbol.asyncDispose]();
    await using server = await TestServer.start(database, extra, defect);
    const count = await buffered(server);
    await server.post(MAINTENANCE, { enabled: false });
    await vi.waitFor(async () => expect(await buffered(server)).toBe(0), SOON);
    return count;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function push(server: TestServer, queue: string, transactionIds: readonly string[]) {
  return await server.push(PUSH, itemsOf(queue, transactionIds));
}

function itemsOf(queue: string, transactionIds: readonly string[]): readonly object[] {
  return transactionIds.map((transactionId) => ({ queue, transactionId, payload: transactionId }));
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `m${index}`);
}

/** The words among the results, each once, sorted. */
function wordsOf(results: readonly { readonly status: string }[]): readonly string[] {
  return [...new Set(results.map(({ status }) => status))].sort();
}

async function wordsOfPushes(server: TestServer, queue: string): Promise<readonly string[]> {
  // One in 50 spoils the connection it went through, and the next one takes the one used last, which may be another by
  // then: with 200 there are more spoilt ones than the worker has connections.
  return wordsOf(await pushOneByOne(server, queue, 200));
}

/** Through one worker: variants that break something now and then count there. */
async function pushOneByOne(server: TestServer, queue: string, messages: number): Promise<readonly PushedItem[]> {
  await using worker = await server.connectTo(1);
  const results: PushedItem[] = [];
  for (const id of numbered(messages)) {
    results.push(...(await worker.post(PUSH, { items: itemsOf(queue, [id]) })).body);
  }
  return results;
}

async function countConnections(): Promise<number> {
  const sessions = await database.sessions();
  return sessions.filter((session) => /^queueproof\/(async|regular)\//.test(session.application_name)).length;
}

async function buffered(server: TestServer): Promise<number> {
  return (await server.get(MAINTENANCE)).body.bufferedMessages;
}

/** Pops and acknowledges one message of each of twenty partitions. */
async function settleTwentyPartitions(server: TestServer, queue: string, consumerGroup: string): Promise<void> {
  const partitions = numbered(20);
  await server.push(
    PUSH,
    partitions.map((partition) => ({ queue, partition })),
  );
  for (const partition of partitions) {
    const [message] = await pop(server, queue, { partition, consumerGroup });
    expect(await ack(server, message)).toBe('completed');
  }
}

/** Waits until a consumer waits. */
async function untilOneWaits(server: TestServer): Promise<void> {
  await vi.waitFor(async () => {
    const reply = await fetch(`${server.origin}/metrics/prometheus`);
    expect(await reply.text()).toMatch(/^queueproof_waiting_consumers\{[^}]*\} 1$/m);
  }, SOON);
}

/** Of both workers. */
function descriptors(server: TestServer): number {
  const pids = server.process.workerPids();
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

/** CPU time of both workers. */
function cpuTicks(server: TestServer): number {
  return server.process.workerPids().reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}
