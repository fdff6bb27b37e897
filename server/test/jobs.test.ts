import { describe, expect, test, vi } from 'vitest';
import { ack, pop, type WireMessage } from './consumer.ts';
import { SOON, useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('each');
let signals = 0;

const QUICK = Object.freeze({
  RETENTION_INTERVAL: '50',
  EVICTION_INTERVAL: '50',
  LEASE_RECLAIM_INTERVAL: '50',
  RETENTION_BATCH_SIZE: '2',
  EVICTION_BATCH_SIZE: '2',
});

async function push(server: TestServer, queue: string, ids: readonly string[]): Promise<void> {
  await server.push(
    '/api/v1/push',
    ids.map((transactionId) => ({ queue, transactionId })),
  );
}

/** Makes messages an hour older. */
async function age(queue: string): Promise<void> {
  await database.admin.query(
    `update queen.messages m set created_at = m.created_at - interval '1 hour'
     from queen.partitions p join queen.queues q on q.id = p.queue_id where p.id = m.partition_id and q.name = $1`,
    [queue],
  );
}

async function stored(queue: string): Promise<readonly string[]> {
  const { rows } = await database.admin.query<{ transaction_id: string }>(
    `select m.transaction_id from queen.messages m
     join queen.partitions p on p.id = m.partition_id join queen.queues q on q.id = p.queue_id
     where q.name = $1 order by m.seq`,
    [queue],
  );
  return rows.map(({ transaction_id }) => transaction_id);
}

/** Waits until a queue that was made later has been cleaned: the jobs have looked at the earlier ones since. */
async function untilRetentionRan(server: TestServer, options: object): Promise<void> {
  signals += 1;
  const queue = `signal-${signals}`;
  await server.configure(queue, options);
  await push(server, queue, ['x']);
  expect(await pop(server, queue, { autoAck: true })).toHaveLength(1);
  await age(queue);
  await vi.waitFor(async () => expect(await stored(queue)).toEqual([]), SOON);
}

function idsOf(messages: readonly WireMessage[]): readonly string[] {
  return messages.map(({ transactionId }) => transactionId);
}

describe('retention', () => {
  test('by age: everything that is older goes, whatever its state, and consumers go on', async () => {
    await using server = await TestServer.start(database, QUICK);
    await server.configure('aged', { retentionEnabled: true, retentionSeconds: 60 });
    await push(server, 'aged', ['1', '2', '3', '4', '5']);
    expect(await pop(server, 'aged', { autoAck: true })).toHaveLength(1);
    await age('aged');
    await push(server, 'aged', ['young']);
    await vi.waitFor(async () => expect(await stored('aged')).toEqual(['young']), SOON);
    expect(idsOf(await pop(server, 'aged', { batch: 10 }))).toEqual(['young']);
  });

  test('never what a consumer is working on, never without retentionEnabled, never in another queue', async () => {
    await using server = await TestServer.start(database, QUICK);
    const options = { retentionEnabled: true, retentionSeconds: 60 };
    await server.configure('leased', options);
    await server.configure('disabled', { retentionSeconds: 60 });
    await server.configure('other');
    for (const queue of ['leased', 'disabled', 'other']) await push(server, queue, ['1', '2']);
    const [first] = await pop(server, 'leased');
    for (const queue of ['leased', 'disabled', 'other']) await age(queue);
    await untilRetentionRan(server, options);
    expect(await stored('leased')).toEqual(['1']);
    expect(await stored('disabled')).toEqual(['1', '2']);
    expect(await stored('other')).toEqual(['1', '2']);
    expect(await ack(server, first)).toBe('completed');
  });

  test('of completed messages: a slow group loses nothing', async () => {
    await using server = await TestServer.start(database, QUICK);
    const options = { retentionEnabled: true, completedRetentionSeconds: 60 };
    await server.configure('groups', options);
    await push(server, 'groups', ['1', '2', '3']);
    expect(await pop(server, 'groups', { consumerGroup: 'fast', batch: 3, autoAck: true })).toHaveLength(3);
    expect(await pop(server, 'groups', { consumerGroup: 'slow', autoAck: true })).toHaveLength(1);
    await age('groups');
    // Queue mode has never read here, and is not waited for.
    await vi.waitFor(async () => expect(await stored('groups')).toEqual(['2', '3']), SOON);
    await untilRetentionRan(server, options);
    expect(await stored('groups')).toEqual(['2', '3']);
    expect(idsOf(await pop(server, 'groups', { consumerGroup: 'slow', batch: 3, autoAck: true }))).toEqual(['2', '3']);
    await vi.waitFor(async () => expect(await stored('groups')).toEqual([]), SOON);
  });

  test('of completed messages: dead letters and what nobody has read stay', async () => {
    await using server = await TestServer.start(database, QUICK);
    const options = { retentionEnabled: true, completedRetentionSeconds: 60, retryLimit: 0 };
    await server.configure('dead', options);
    await server.configure('unread', options);
    await push(server, 'dead', ['1', '2']);
    await push(server, 'unread', ['1']);
    const [first, second] = await pop(server, 'dead', { batch: 2 });
    expect(await ack(server, first, 'failed')).toBe('failed_dlq');
    expect(await ack(server, second)).toBe('completed');
    for (const queue of ['dead', 'unread']) await age(queue);
    await vi.waitFor(async () => expect(await stored('dead')).toEqual(['1']), SOON);
    await untilRetentionRan(server, options);
    expect(await stored('dead')).toEqual(['1']);
    expect(await stored('unread')).toEqual(['1']);
    expect((await server.get('/api/v1/dlq?queue=dead')).body).toMatchObject({
      total: 1,
      messages: [{ transactionId: '1' }],
    });
  });
});

describe('eviction', () => {
  test('takes what has waited too long, leaves what is being worked on or is done', async () => {
    await using server = await TestServer.start(database, QUICK);
    await server.configure('waiting', { maxWaitTimeSeconds: 60 });
    await push(server, 'waiting', ['done', 'leased', '3', '4', '5']);
    expect(idsOf(await pop(server, 'waiting', { autoAck: true }))).toEqual(['done']);
    const [leased] = await pop(server, 'waiting');
    await age('waiting');
    await push(server, 'waiting', ['young']);
    await vi.waitFor(async () => expect(await stored('waiting')).toEqual(['done', 'leased', 'young']), SOON);
    expect(await ack(server, leased)).toBe('completed');
    expect(idsOf(await pop(server, 'waiting', { batch: 10 }))).toEqual(['young']);
  });
});

describe('lease reclaim', () => {
  const expire = () =>
    database.admin.query(
      `update queen.partition_consumers set lease_expires_at = now() where lease_expires_at is not null`,
    );

  test('a message that kills its consumers is among the dead letters although nobody pops any more', async () => {
    await using server = await TestServer.start(database, QUICK);
    await server.configure('deadly', { retryLimit: 0 });
    await push(server, 'deadly', ['poison']);
    expect(await pop(server, 'deadly')).toHaveLength(1);
    await expire();
    await vi.waitFor(async () => {
      const { body } = await server.get('/api/v1/dlq?queue=deadly');
      expect(body).toMatchObject({
        total: 1,
        messages: [{ transactionId: 'poison', errorMessage: 'The lease expired' }],
      });
    }, SOON);
  });

  test('an ack after the lease was reclaimed is as late as one before, and undoes the transaction it is in', async () => {
    await using server = await TestServer.start(database, QUICK);
    await server.configure('next');
    for (const [queue, retryLimit] of [
      ['late', 3],
      ['too-late', 0],
    ] as const) {
      await server.configure(queue, { retryLimit });
      await push(server, queue, ['slow']);
      const [message] = await pop(server, queue);
      await expire();
      await vi.waitFor(async () => {
        const { rows } = await database.admin.query(
          'select lease_expires_at as ends from queen.partition_consumers where lease_id = $1',
          [message?.leaseId],
        );
        expect(rows).toEqual([{ ends: null }]);
      }, SOON);
      const { transactionId, partitionId, leaseId } = message ?? {};
      const { body } = await server.post('/api/v1/transaction', {
        operations: [
          { type: 'push', items: [{ queue: 'next', payload: queue }] },
          { type: 'ack', transactionId, partitionId, leaseId, status: 'completed' },
        ],
      });
      expect(body).toMatchObject({ success: false, error: expect.stringContaining('invalid_lease') });
      expect(await ack(server, message)).not.toBe('completed');
    }
    expect(await stored('next')).toEqual([]);
    expect(idsOf(await pop(server, 'late'))).toEqual(['slow']);
  });

  test('of many partitions, with a consumer waiting for what comes free', async () => {
    await using server = await TestServer.start(database, QUICK);
    await server.configure('crashed');
    const partitions = Array.from({ length: 150 }, (_, index) => `p${index}`);
    await server.push(
      '/api/v1/push',
      partitions.map((partition) => ({ queue: 'crashed', partition })),
    );
    for (const _ of partitions) expect(await pop(server, 'crashed')).toHaveLength(1);
    const waiting = pop(server, 'crashed', { wait: true, timeout: 20_000 });
    await expire();
    expect(await waiting).toMatchObject([{ retryCount: 1 }]);
    await vi.waitFor(async () => {
      const { rows } = await database.admin.query(
        'select from queen.partition_consumers where lease_expires_at <= now()',
      );
      expect(rows).toHaveLength(0);
    }, SOON);
  });
});

describe('jobs as such', () => {
  test('two servers at it: every message goes once, nothing is logged', async () => {
    await using first = await TestServer.start(database, QUICK);
    await using second = await TestServer.start(database, QUICK);
    await first.configure('twice', { retentionEnabled: true, retentionSeconds: 60 });
    const ids = Array.from({ length: 200 }, (_, index) => String(index));
    await push(first, 'twice', ids);
    await age('twice');
    await vi.waitFor(async () => expect(await stored('twice')).toEqual([]), SOON);
    await vi.waitFor(() => {
      const deleted = [first, second]
        .flatMap((server) => server.process.logged('retention'))
        .reduce((sum, line) => sum + Number((line as unknown as { aged: number }).aged), 0);
      expect(deleted).toBe(200);
    }, SOON);
    for (const server of [first, second]) expect(server.process.lines.filter(({ level }) => level > 30)).toEqual([]);
  });

  test('an outage is survived', async () => {
    await using server = await TestServer.start(database, { ...QUICK, DB_POOL_ACQUISITION_TIMEOUT: '200' });
    await server.configure('outage', { retentionEnabled: true, retentionSeconds: 60 });
    await push(server, 'outage', ['1']);
    {
      await using _away = await database.takeAway();
      await vi.waitFor(
        () => expect(server.process.lines.some((line) => 'job' in line && line.job === 'retention')).toBe(true),
        SOON,
      );
    }
    await age('outage');
    await vi.waitFor(async () => expect(await stored('outage')).toEqual([]), SOON);
  });

  test('a worker that died leaves its jobs to its replacement', async () => {
    await using server = await TestServer.start(database, QUICK);
    await server.configure('replaced', { retentionEnabled: true, retentionSeconds: 60 });
    await push(server, 'replaced', ['1']);
    await age('replaced');
    await vi.waitFor(async () => expect(await stored('replaced')).toEqual([]), SOON);
    const [keeper] = server.process.workerPids();
    process.kill(keeper ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(server.process.workerPids()).toHaveLength(3), SOON);
    await push(server, 'replaced', ['2']);
    await age('replaced');
    await vi.waitFor(async () => expect(await stored('replaced')).toEqual([]), SOON);
  });
});
