import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { ackBatch, ackOf, dataOf, pop } from './consumer.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('each');
const KEY = randomBytes(32).toString('hex');
const OTHER_KEY = randomBytes(32).toString('hex');

/** Stores messages behind those that are there, as an encrypting push does it. */
async function store(queue: string, payloads: readonly { readonly payload: unknown; readonly encrypted: boolean }[]) {
  const cipher = new PayloadCipher(KEY);
  for (const { payload, encrypted } of payloads) {
    const json = JSON.stringify(payload);
    const { rowCount } = await database.admin.query(
      `with p as (
         update queen.partitions p set last_seq = last_seq + 1 from queen.queues q
         where q.id = p.queue_id and q.name = $1 and p.name = 'Default' returning p.id, p.last_seq)
       insert into queen.messages (partition_id, seq, id, transaction_id, created_at, is_encrypted, payload)
       select id, last_seq, gen_random_uuid(), last_seq::text, clock_timestamp(), $2, $3 from p`,
      [queue, encrypted, encrypted ? cipher.encrypt(json) : json],
    );
    expect(rowCount).toBe(1);
  }
}

/** What the consumers' rows say, apart from when they were served. */
async function consumers(queue: string): Promise<readonly object[]> {
  const { rows } = await database.admin.query(
    `select cursor_seq, lease_id, lease_expires_at, lease_seqs::text, settled::text, retries
     from queen.partition_consumers c join queen.queues q on q.id = c.queue_id where q.name = $1`,
    [queue],
  );
  return rows;
}

const UNTOUCHED = [
  { cursor_seq: '0', lease_id: null, lease_expires_at: null, lease_seqs: '{}', settled: '{}', retries: {} },
];
const QUERIES = ['autoAck=false', 'autoAck=true'].flatMap((query) => [query, `${query}&wait=true&timeout=5000`]);

describe.each(QUERIES)('encrypted messages popped with %s', (query) => {
  test('are delivered as they were pushed, beside plain ones, with the key', async () => {
    await using server = await TestServer.start(database, { NUM_WORKERS: '1', QUEEN_ENCRYPTION_KEY: KEY });
    const queue = `good ${query}`;
    await server.configure(queue);
    const payloads = ['plain', { secret: 'ü"\\' }, null, 'plain too', 7];
    await store(
      queue,
      payloads.map((payload, index) => ({ payload, encrypted: index % 3 !== 0 })),
    );
    const parameters = Object.fromEntries(new URLSearchParams(query));
    const messages = await pop(server, queue, { ...parameters, batch: 4 });
    expect(dataOf(messages)).toEqual(payloads.slice(0, 4));
    if (query.startsWith('autoAck=true')) expect(messages[0]?.leaseId).toBeNull();
    else
      expect(
        await ackBatch(
          server,
          messages.map((message) => ackOf(message)),
        ),
      ).toEqual(Array(4).fill('completed'));
    expect(dataOf(await pop(server, queue, { ...parameters, batch: 4 }))).toEqual([7]);
    expect(await pop(server, queue)).toEqual([]);
  });

  test.each([
    ['without a key', {}, 'no QUEEN_ENCRYPTION_KEY'],
    ['with another key', { QUEEN_ENCRYPTION_KEY: OTHER_KEY }, 'cannot be decrypted'],
  ])('%s are answered 500, and stay as if nobody had asked', async (_, environment, error) => {
    const queue = `${error} ${query}`;
    {
      await using server = await TestServer.start(database, { NUM_WORKERS: '1', ...environment });
      await server.configure(queue);
      await store(queue, [
        { payload: 'first', encrypted: false },
        { payload: 'secret', encrypted: true },
      ]);
      for (let round = 0; round < 2; round += 1) {
        const reply = await server.get(`/api/v1/pop/queue/${encodeURIComponent(queue)}?batch=5&${query}`);
        expect(reply).toMatchObject({ status: 500, body: { error: expect.stringContaining(error) } });
        expect(reply.text).not.toContain('authTag');
        expect(await consumers(queue)).toEqual(UNTOUCHED);
      }
    }
    await using healed = await TestServer.start(database, { NUM_WORKERS: '1', QUEEN_ENCRYPTION_KEY: KEY });
    expect(await healed.drain(queue)).toMatchObject([{ data: 'first', retryCount: 0 }, { data: 'secret' }]);
  });
});
