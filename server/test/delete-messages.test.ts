import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ack, pop, type WireMessage } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { lockPartition, TestServer, untilBlocked } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database);
});

afterAll(async () => {
  await server.stop();
});

async function newQueue(ids: readonly string[] = []): Promise<string> {
  queues += 1;
  const queue = `doomed/${queues}`;
  await server.configure(queue);
  if (ids.length > 0) {
    await server.push(
      '/api/v1/push',
      ids.map((transactionId) => ({ queue, transactionId, payload: transactionId })),
    );
  }
  return queue;
}

function queuePath(queue: string): string {
  return `/api/v1/resources/queues/${encodeURIComponent(queue)}`;
}

function remove(path: string) {
  return server.request({ method: 'DELETE', path });
}

function removeMessage({ partitionId, transactionId }: Pick<WireMessage, 'partitionId' | 'transactionId'>) {
  return remove(`/api/v1/messages/${partitionId}/${encodeURIComponent(transactionId)}`);
}

function idsOf(messages: readonly WireMessage[]): readonly string[] {
  return messages.map(({ transactionId }) => transactionId);
}

/** Rows of messages whose partition is gone. */
async function orphans(): Promise<number> {
  const { rows } = await database.admin.query<{ count: string }>(
    'select count(*) from queen.messages m where not exists (select from queen.partitions p where p.id = m.partition_id)',
  );
  return Number(rows[0]?.count);
}

describe('deleting a queue', () => {
  test('takes everything with it, once, and says whether it was there', async () => {
    const queue = await newQueue(['1', '2', '3']);
    const [first] = await pop(server, queue, { consumerGroup: 'g' });
    await ack(server, first);
    expect(await remove(queuePath(queue))).toMatchObject({
      status: 200,
      body: { deleted: true, queue, existed: true },
    });
    expect(await remove(queuePath(queue))).toMatchObject({
      status: 200,
      body: { deleted: true, queue, existed: false },
    });
    expect(await server.get(queuePath(queue))).toMatchObject({ status: 404, body: { error: 'Queue not found' } });
    expect(await orphans()).toBe(0);
    const [result] = await server.push('/api/v1/push', [{ queue }]);
    expect(result).toMatchObject({ status: 'failed', error: expect.stringContaining('does not exist') });
  });

  test('a push that races is refused or gone with the queue, never stored for nobody', async () => {
    const queue = await newQueue(['1']);
    const pushes: Promise<readonly { readonly status: string }[]>[] = [];
    const pushSome = (name: string): void => {
      for (const route of ['/api/v1/push', '/api/v1/push-legacy']) {
        pushes.push(
          server.push(
            route,
            [0, 1].map((n) => ({ queue, partition: `p${n}`, transactionId: name + route })),
          ),
        );
      }
    };
    for (let round = 0; round < 20; round += 1) pushSome(`before-${round}`);
    const removal = remove(queuePath(queue));
    for (let round = 0; round < 20; round += 1) pushSome(`after-${round}`);
    expect(await removal).toMatchObject({ status: 200, body: { existed: true } });
    const statuses = new Set((await Promise.all(pushes)).flat().map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 'queued' && status !== 'failed')).toEqual([]);
    expect(await orphans()).toBe(0);
  });

  test('waits for a push that holds the partition, then takes its messages along', async () => {
    const queue = await newQueue(['1']);
    const lock = await lockPartition(database, queue);
    const removal = remove(queuePath(queue));
    await untilBlocked(database, 1);
    const pushed = server.push('/api/v1/push', [{ queue, transactionId: 'late' }]);
    await untilBlocked(database, 2);
    await lock[Symbol.asyncDispose]();
    expect(await removal).toMatchObject({ status: 200 });
    const [late] = await pushed;
    expect(late?.status).toMatch(/^(queued|failed)$/);
    expect(await orphans()).toBe(0);
  });

  test('leaves the settings of its connection as they were', async () => {
    const queue = await newQueue(['1']);
    await using small = await TestServer.start(database, {
      DB_POOL_SIZE: '4',
      DB_STATEMENT_TIMEOUT: '2000',
      NUM_WORKERS: '1',
    });
    for (const path of [queuePath(queue), queuePath(queue)]) {
      expect(await small.request({ method: 'DELETE', path })).toMatchObject({ status: 200 });
    }
    const held = await newQueue(['1']);
    const lock = await lockPartition(database, held);
    // Were the long time-out still there, this push would wait for the lock time-out of ten seconds.
    const startedAt = performance.now();
    const [result] = await small.push('/api/v1/push', [{ queue: held }]);
    expect(result).toMatchObject({ status: 'failed', error: expect.stringContaining('statement timeout') });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await lock[Symbol.asyncDispose]();
  });
});

describe('deleting a message', () => {
  test('404 for one that is not there', async () => {
    for (const [partitionId, transactionId] of [
      ['no-uuid', 'x'],
      ['01a20679-8e0b-7001-bbc0-f197a0acb277', 'x'],
    ] as const) {
      const expected = { status: 404, body: { error: 'Message not found' } };
      expect(await removeMessage({ partitionId, transactionId })).toMatchObject(expected);
      expect(await server.get(`/api/v1/messages/${partitionId}/${transactionId}`)).toMatchObject(expected);
    }
  });

  test('not delivered yet: the pop goes on past it', async () => {
    const queue = await newQueue(['1', '2', '3']);
    const [first] = await pop(server, queue, { autoAck: true });
    const partitionId = first?.partitionId ?? '';
    expect(await removeMessage({ partitionId, transactionId: '2' })).toMatchObject({
      status: 200,
      body: { success: true, partitionId, transactionId: '2' },
    });
    expect(idsOf(await pop(server, queue, { batch: 10, autoAck: true }))).toEqual(['3']);
    // Its name is free again.
    expect(await server.push('/api/v1/push', [{ queue, transactionId: '2' }])).toMatchObject([{ status: 'queued' }]);
    expect(idsOf(await pop(server, queue, { batch: 10 }))).toEqual(['2']);
  });

  test.each([0, 1, 2])(
    'on a lease, the one at position %i: the lease is finished by acks of the others',
    async (position) => {
      const queue = await newQueue(['1', '2', '3', '4']);
      const leased = await pop(server, queue, { batch: 3 });
      const doomed = leased[position];
      if (doomed === undefined) throw new Error('Three messages were expected.');
      expect(await removeMessage(doomed)).toMatchObject({ status: 200 });
      expect(await ack(server, doomed)).toBe('not_found');
      expect(await pop(server, queue)).toEqual([]);
      for (const message of leased) if (message !== doomed) expect(await ack(server, message)).toBe('completed');
      // Were the lease still in force, nothing would come for five minutes.
      expect(idsOf(await pop(server, queue))).toEqual(['4']);
    },
  );

  test('the last open one of a lease: the lease ends with it', async () => {
    const queue = await newQueue(['1', '2', '3']);
    const [first, second] = await pop(server, queue, { batch: 2 });
    expect(await ack(server, first)).toBe('completed');
    expect(await removeMessage(second as WireMessage)).toMatchObject({ status: 200 });
    expect(idsOf(await pop(server, queue))).toEqual(['3']);
  });

  test('a dead letter goes with its message', async () => {
    queues += 1;
    const queue = `doomed/${queues}`;
    await server.configure(queue, { retryLimit: 0 });
    await server.push('/api/v1/push', [{ queue, transactionId: 'x' }]);
    const [message] = await pop(server, queue);
    expect(await ack(server, message, 'failed')).toBe('failed_dlq');
    const dlq = `/api/v1/dlq?queue=${encodeURIComponent(queue)}`;
    expect((await server.get(dlq)).body).toMatchObject({ total: 1 });
    expect(await removeMessage(message as WireMessage)).toMatchObject({ status: 200 });
    expect((await server.get(dlq)).body).toMatchObject({ total: 0, messages: [] });
  });
});
