import { describe, expect, test } from 'vitest';
import { ALL_BEHAVIOURS } from '../conformance/all-behaviours.ts';
import { exitCodeOf, judgeTarget } from '../conformance/judge-target.ts';
import type { Outcome } from '../conformance/outcome.ts';
import { type Defect, serve, startFakeQueue } from './fake-queue.ts';

/** What the fake queue speaks, and therefore can be judged by. */
const SPOKEN = [
  'push-queued',
  'push-echo',
  'push-generated-ids',
  'push-empty',
  'push-duplicate',
  'push-missing-queue',
  'push-fifo',
  'push-concurrent-replies',
  'push-nothing-passed-over',
  'payload-scalars',
  'pop-nothing',
  'pop-absent',
  'pop-batch',
  'pop-auto-ack',
  'pop-groups',
  'wait-wakes',
  'wait-ends',
  'wait-abandoned',
  'wait-one-lease-each',
  'wait-one-partition-one-waiter',
  'lease-exclusive',
  'lease-one-of-many',
  'lease-released',
  'ack-settles',
  'ack-needs-lease',
  'ack-out-of-order',
  'ack-repeated',
  'declared-statuses',
];

async function judge(baseUrl: string, ids: readonly string[] | undefined, requestTimeoutMs: number) {
  const behaviours = ids === undefined ? ALL_BEHAVIOURS : ALL_BEHAVIOURS.filter(({ id }) => ids.includes(id));
  const outcomes = await judgeTarget({ baseUrl, token: undefined, requestTimeoutMs }, behaviours, {
    prefix: 'fake',
    signal: new AbortController().signal,
    onOutcome: () => undefined,
  });
  expect(outcomes).toHaveLength(behaviours.length);
  return outcomes;
}

function idsOf(outcomes: readonly Outcome[], verdict: Outcome['verdict']): readonly string[] {
  return outcomes.filter((outcome) => outcome.verdict === verdict).map(({ id }) => id);
}

describe.concurrent('a queue in memory', () => {
  const violated: Readonly<Record<Defect, readonly string[]>> = {
    none: [],
    'stores nothing': ['push-queued', 'push-fifo', 'push-nothing-passed-over', 'wait-wakes', 'wait-abandoned'],
    'newest first': ['push-fifo', 'pop-batch', 'pop-groups'],
    'empty statuses': ['push-queued', 'push-echo', 'push-generated-ids'],
    'ids of others': ['push-echo', 'push-concurrent-replies'],
    'one lease for two waiters': ['wait-one-partition-one-waiter', 'wait-one-lease-each'],
    'acks without a lease': ['ack-needs-lease'],
    'leases are not exclusive': ['lease-exclusive', 'lease-one-of-many', 'lease-released'],
    'cursor goes backwards': ['ack-out-of-order'],
    'no duplicate detection': ['push-duplicate'],
    'drops the batch of a bad item': ['push-missing-queue'],
    'waiters are never woken': ['wait-wakes', 'wait-one-lease-each'],
    'swallows for those who left': ['wait-abandoned'],
    'always 200': ['declared-statuses'],
  };

  test.each(Object.entries(violated) as [Defect, readonly string[]][])('%s: %j', async (defect, ids) => {
    await using queue = await startFakeQueue(defect);
    const outcomes = await judge(queue.baseUrl, SPOKEN, 8_000);
    expect(idsOf(outcomes, 'violated')).toEqual(expect.arrayContaining([...ids]));
    expect(exitCodeOf(outcomes)).toBe(ids.length === 0 ? 0 : 1);
    // Whoever does nothing else wrong is accused of nothing else.
    if (['none', 'always 200', 'acks without a lease', 'no duplicate detection'].includes(defect)) {
      expect(outcomes.filter(({ id, verdict }) => verdict !== 'valid' && !ids.includes(id))).toEqual([]);
    }
  });
});

const MESSAGE = {
  id: 'i',
  transactionId: 't',
  partitionId: 'p',
  queue: 'q',
  partition: 'p',
  data: 1,
  leaseId: 'l',
  traceId: null,
};

describe.concurrent('a server that is no queue is judged in bounded time, and never valid', () => {
  test.each<[string, Parameters<typeof serve>[0]]>([
    ['answers 200 {} to everything', (_request, _body, response) => response.end('{}')],
    [
      'answers 200 and the same message to everything',
      (_request, _body, response) => response.end(JSON.stringify({ messages: [MESSAGE] })),
    ],
    ['never answers', () => undefined],
    ['resets every connection', (request) => request.socket.resetAndDestroy()],
    ['sends broken JSON', (_request, _body, response) => response.end('{"messages":[')],
    [
      'ends in the middle of a reply',
      (request, _body, response) => {
        response.writeHead(200, { 'content-length': 1_000 }).write('[{');
        request.socket.end();
      },
    ],
    [
      'answers without end',
      (_request, _body, response) => {
        const write = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          if (!response.destroyed) response.once('drain', write);
        };
        write();
      },
    ],
    ['answers 500 to everything', (_request, _body, response) => response.writeHead(500).end('{"error":"no"}')],
  ])('%s', async (_name, react) => {
    await using server = await serve(react);
    const startedAtMs = performance.now();
    const outcomes = await judge(server.baseUrl, undefined, 400);
    expect(performance.now() - startedAtMs).toBeLessThan(50_000);
    expect(idsOf(outcomes, 'valid')).toEqual([]);
    expect(exitCodeOf(outcomes)).toBe(1);
  });
});
