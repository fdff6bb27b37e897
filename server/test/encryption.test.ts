import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { useTestDatabase } from './test-database.ts';
import { TestServer, untilBlocked } from './test-server.ts';

const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const SECRET = 'attack-at-dawn';

const database = useTestDatabase('end');
const cipher = new PayloadCipher(KEY);
let server: TestServer;
let keyless: TestServer;
let queues = 0;

beforeAll(async () => {
  server = await TestServer.start(database, { QUEEN_ENCRYPTION_KEY: KEY, LOG_LEVEL: 'trace' });
  keyless = await TestServer.start(database, { LOG_LEVEL: 'trace' });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await keyless[Symbol.asyncDispose]();
  // After everything this file has done, failing pushes included.
  expect(JSON.stringify([server.process.lines, keyless.process.lines])).not.toContain(SECRET);
});

interface StoredPayload {
  readonly is_encrypted: boolean;
  readonly payload: string;
}

async function stored(queue: string): Promise<readonly StoredPayload[]> {
  const { rows } = await database.admin.query<StoredPayload>(
    `select m.is_encrypted, m.payload::text from queen.messages m
     join queen.partitions p on p.id = m.partition_id join queen.queues q on q.id = p.queue_id
     where q.name = $1 order by p.id, m.seq`,
    [queue],
  );
  return rows;
}

/** All rows of the queue are encrypted, and this is what is in them. */
async function storedSecrets(queue: string): Promise<readonly unknown[]> {
  const rows = await stored(queue);
  for (const { is_encrypted, payload } of rows) {
    expect(is_encrypted).toBe(true);
    expect(payload).not.toContain(SECRET);
  }
  return rows.map(({ payload }) => JSON.parse(cipher.decrypt(payload)));
}

async function encryptedQueue(options: object = {}): Promise<string> {
  queues += 1;
  await server.configure(`secret ${queues}`, { encryptionEnabled: true, ...options });
  return `secret ${queues}`;
}

const secret = (queue: string, number: number) => ({
  queue,
  payload: { [SECRET]: number },
  transactionId: `t${number}`,
});

test('a server without the key refuses to make an encrypted queue, and says why', async () => {
  const reply = await keyless.post('/api/v1/configure', { queue: 'no key', options: { encryptionEnabled: true } });
  expect([reply.status, reply.body]).toEqual([400, { error: expect.stringContaining('QUEEN_ENCRYPTION_KEY') }]);
  const { rows } = await database.admin.query(`select from queen.queues where name = 'no key'`);
  expect(rows).toEqual([]);
});

describe.each(['/api/v1/push', '/api/v1/push-legacy'])('%s', (route) => {
  test('plaintext of an encrypted queue is in no row, also beside items that fail', async () => {
    const queue = await encryptedQueue();
    const numbers = Array.from({ length: 250 }, (_, number) => number);
    const good = numbers.map((number) => secret(queue, number));
    const bad = [
      { ...secret(queue, 7), transactionId: 'x'.repeat(300) },
      { ...secret(queue, 8), traceId: 'no uuid' },
      { ...secret(queue, 9), partition: '\0' },
    ];
    const reply = await server.push(route, [...bad, ...good, secret(queue, 3)]);
    expect(reply.map(({ status }) => status)).toEqual([
      ...bad.map(() => 'failed'),
      ...good.map(() => 'queued'),
      'duplicate',
    ]);
    expect(await storedSecrets(queue)).toEqual(numbers.map((number) => ({ [SECRET]: number })));
  });

  test('plaintext of a queue with a capacity is in no row either', async () => {
    const queue = await encryptedQueue({ maxSize: 2 });
    expect(await server.push(route, [secret(queue, 1), secret(queue, 2)])).toMatchObject([
      { status: 'queued' },
      { status: 'queued' },
    ]);
    expect(await server.push(route, [secret(queue, 3)])).toMatchObject([{ status: 'failed' }]);
    expect(await storedSecrets(queue)).toHaveLength(2);
  });

  test('plaintext is refused by a server without the key, nothing is stored, other queues are served', async () => {
    const queue = await encryptedQueue();
    await keyless.configure(`open beside ${queue}`);
    const reply = await keyless.push(route, [secret(queue, 1), { queue: `open beside ${queue}`, payload: 1 }]);
    expect(reply).toEqual([
      { status: 'failed', transaction_id: 't1', error: expect.stringContaining('QUEEN_ENCRYPTION_KEY') },
      expect.objectContaining({ status: 'queued' }),
    ]);
    expect(await stored(queue)).toEqual([]);
  });

  test('plaintext prepared just before the queue became encrypted is not stored', async () => {
    queues += 1;
    const queue = `becomes secret ${queues}`;
    await server.configure(queue);
    await using connection = await server.connectTo(1);
    // The worker knows the partition as one that is not encrypted.
    await connection.post(route, { items: [{ queue, payload: 'open' }] });
    await using side = await database.openSession();
    await side.client.query('begin');
    const { rows } = await side.client.query(
      `select p.queue_id from queen.partitions p join queen.queues q on q.id = p.queue_id where q.name = $1 for update of p`,
      [queue],
    );
    const pushed = connection.post(route, { items: [secret(queue, 1)] });
    await untilBlocked(database, 1);
    // Prepared as it was, it waits for the partition; now the options change under it.
    await side.client.query(
      `update queen.queues set version = 2, options = options || '{"encryptionEnabled": true}' where id = $1`,
      [rows[0].queue_id],
    );
    await side.client.query('update queen.partitions set queue_version = 2 where queue_id = $1', [rows[0].queue_id]);
    await side.client.query('commit');
    expect(await pushed).toMatchObject({ status: 201, body: [{ status: 'queued' }] });
    const [open, ...later] = await stored(queue);
    expect(open).toEqual({ is_encrypted: false, payload: '"open"' });
    expect(later.map(({ is_encrypted }) => is_encrypted)).toEqual([true]);
    expect(JSON.parse(cipher.decrypt(later[0]?.payload ?? ''))).toEqual({ [SECRET]: 1 });
  });

  test('plaintext stays out while the queue is switched to and fro, and every row says what it is', async () => {
    queues += 1;
    const queue = `to and fro ${queues}`;
    await server.configure(queue, { encryptionEnabled: true });
    let running = true;
    const toggle = async (): Promise<void> => {
      for (let on = false; running; on = !on) await server.configure(queue, { encryptionEnabled: on });
    };
    const toggling = toggle();
    const pushes = Array.from({ length: 120 }, (_, number) => secret(queue, number));
    await Promise.all(
      Array.from({ length: 6 }, async (_, producer) => {
        for (const item of pushes.slice(producer * 20, producer * 20 + 20)) await server.push(route, [item]);
      }),
    ).finally(() => {
      running = false;
    });
    await toggling;
    const rows = await stored(queue);
    expect(rows).toHaveLength(120);
    for (const { is_encrypted, payload } of rows) expect(payload.includes(SECRET)).toBe(!is_encrypted);
  });
});
