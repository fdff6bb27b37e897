import { expect } from 'vitest';
import type { Reply, TestServer } from './test-server.ts';

/** A message as the wire has it. */
export interface WireMessage {
  readonly transactionId: string;
  readonly partitionId: string;
  readonly partition: string;
  readonly queue: string;
  readonly data: unknown;
  readonly retryCount: number;
  readonly consumerGroup: string | null;
  readonly leaseId: string | null;
}

/** Pops; the parameters are the query's. Nothing is an empty list. */
export async function pop(
  server: Pick<TestServer, 'get'>,
  queue: string,
  parameters: Readonly<Record<string, string | number | boolean>> = {},
): Promise<readonly WireMessage[]> {
  const { partition, ...query } = parameters;
  const path = `/api/v1/pop/queue/${encodeURIComponent(queue)}${partition === undefined ? '' : `/partition/${partition}`}`;
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const reply = await server.get(`${path}?${text}`);
  expect([reply.status, reply.text]).toEqual([reply.status === 204 ? 204 : 200, expect.any(String)]);
  return reply.body?.messages ?? [];
}

/** What an ack sends of a message. */
export function ackOf(message: WireMessage | undefined, status = 'completed'): object {
  if (message === undefined) throw new Error('There is no message to acknowledge.');
  const { transactionId, partitionId, leaseId, consumerGroup } = message;
  return { transactionId, partitionId, leaseId, consumerGroup, status };
}

/** Acknowledges one message: the word of the reply, or the reason it was refused. */
export async function ack(
  server: Pick<TestServer, 'post'>,
  message: WireMessage | undefined,
  status = 'completed',
): Promise<string> {
  return wordOf(await server.post('/api/v1/ack', ackOf(message, status)));
}

/** The words of a batch reply. */
export async function ackBatch(server: TestServer, acknowledgments: readonly object[]): Promise<readonly string[]> {
  const reply = await server.post('/api/v1/ack/batch', { acknowledgments });
  expect(reply).toMatchObject({ status: 200, body: { processed: acknowledgments.length } });
  return reply.body.results.map(({ status, error }: { status: string; error?: string }) => error ?? status);
}

export function dataOf(messages: readonly WireMessage[]): readonly unknown[] {
  return messages.map(({ data }) => data);
}

function wordOf({ status, body }: Reply): string {
  if (status === 200) return body.status;
  expect(status).toBe(500);
  return body.error.replace('Failed to acknowledge message: ', '');
}
