import { expect, test } from 'vitest';
import { configureQueue } from '../target/configure-queue.ts';
import { serve } from './fake-queue.ts';

const QUEUE = { leaseMs: 2_500, retryLimit: 7, encrypted: true };

test('a queue gets the lease in whole seconds, the retries and the encryption of the arm', async () => {
  const bodies: unknown[] = [];
  await using server = await serve((_, body, response) => {
    bodies.push(JSON.parse(body));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"configured":true}');
  });
  await configureQueue(server.baseUrl, 'q', QUEUE);
  const options = { leaseTime: 3, retryLimit: 7, encryptionEnabled: true, retryDelay: 0 };
  expect(bodies).toEqual([{ queue: 'q', options }]);
});

test('a server that does not confirm it has not made it, whatever its HTTP status', async () => {
  await using server = await serve((_, __, response) => response.writeHead(200).end('{"error":"no"}'));
  await expect(configureQueue(server.baseUrl, 'q', QUEUE)).rejects.toThrow('did not make the queue "q": HTTP 200');
});
