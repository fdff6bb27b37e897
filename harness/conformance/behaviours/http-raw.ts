import { expectSame, expectThat } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { ackBody, type CheckContext, PUSH, popPath } from '../check-context.ts';
import { CannotCheck, Violation } from '../finding-error.ts';
import { RawConnection, type RawReply } from '../raw-connection.ts';

/** Long enough for headers and body to arrive as two segments. */
const SEGMENT_GAP_MS = 80;
const HUGE_BYTES = 2 ** 40;

/** What can be seen only below HTTP clients: segments, pipelining, announced lengths. */
export const HTTP_RAW_BEHAVIOURS: readonly Behaviour[] = inSection('HTTP', [
  {
    id: 'late-body',
    text: 'a body that arrives in a later segment than the headers is served, on every route',
    check: async (context) => {
      const queue = await context.queueOf(2, { leaseTime: 60 });
      const [first, second] = await context.take(queue, 2);
      const requests = [
        ['/api/v1/configure', { queue, options: { leaseTime: 60 } }, 200],
        [PUSH, { items: [{ queue, payload: 3 }] }, 201],
        [`/api/v1/lease/${first?.leaseId}/extend`, { seconds: 60 }, 200],
        ['/api/v1/ack', ackBody(first), 200],
        ['/api/v1/ack/batch', { acknowledgments: [ackBody(second)] }, 200],
      ] as const;
      for (const [path, body, status] of requests) {
        const reply = await sendInParts(context, path, JSON.stringify(body), 1);
        expectAnswer(context, path, reply, status);
      }
      await context.expectPop(queue, {}, [3]);
    },
  },
  {
    id: 'body-in-pieces',
    text: 'a body that arrives in many pieces, cut inside characters, comes whole',
    check: async (context) => {
      const queue = await context.queue();
      const text = 'é中😀'.repeat(20);
      const body = JSON.stringify({ items: [{ queue, payload: text }] });
      expectAnswer(context, PUSH, await sendInParts(context, PUSH, body, 9), 201);
      await context.expectPop(queue, {}, [text]);
    },
  },
  {
    id: 'pipelined',
    text: 'pipelined requests on one connection are answered in order',
    check: async (context) => {
      const queue = await context.queue();
      using connection = await RawConnection.open(context.client.target);
      const pushes = ['a', 'b', 'c'].map((transactionId) => {
        const body = JSON.stringify({ items: [{ queue, transactionId }] });
        return connection.head('POST', PUSH, Buffer.byteLength(body)) + body;
      });
      connection.write(pushes.join('') + connection.head('GET', popPath(queue)));
      const replies = await connection.replies(4);
      const seen = replies.slice(0, 3).map(({ body }) => /"transaction_id":\s*"([^"]*)"/.exec(body)?.[1]);
      expectSame('transaction ids in the replies', seen, ['a', 'b', 'c']);
    },
  },
  {
    id: 'keep-alive',
    text: 'connections serve one request after the other, and close after an error only when they say so',
    check: keptAlive,
  },
  {
    id: 'body-limit',
    text: 'a body over the limit is refused with 413',
    check: async (context) => {
      using connection = await RawConnection.open(context.client.target);
      connection.write(connection.head('POST', PUSH, HUGE_BYTES));
      const answered = connection.replies(1, 3_000).catch((error: unknown) => {
        if (!(error instanceof Violation)) throw error;
        throw new CannotCheck('no answer to a request that announces 1 TiB; so much is not sent', { cause: error });
      });
      const [reply] = await answered;
      expectAnswer(context, PUSH, reply, 413);
    },
  },
  {
    id: 'abandoned-request',
    text: 'a connection closed in the middle of a request harms nobody',
    check: async (context) => {
      const queue = await context.queue();
      for (let times = 0; times < 5; times += 1) {
        using connection = await RawConnection.open(context.client.target);
        connection.write(`${connection.head('POST', PUSH, 1_000)}{"items":[{"queue":`);
        await context.sleep(20);
      }
      await context.store(queue, [{ payload: 1 }]);
      await context.expectPop(queue, {}, [1]);
    },
  },
]);

async function keptAlive(context: CheckContext): Promise<void> {
  const { target } = context.client;
  let connection = await RawConnection.open(target);
  try {
    for (let round = 1, answered = 0; round <= 12; round += 1) {
      const bad = round % 3 === 0;
      const body = bad ? '{bad' : '{"items":[]}';
      connection.write(connection.head('POST', PUSH, body.length) + body);
      answered += 1;
      const reply = (await connection.replies(answered)).at(-1);
      expectAnswer(context, PUSH, reply, bad ? 400 : 201);
      if (!bad) expectThat(reply?.closes === false, 'a connection that stays open', 'connection: close');
      if (reply?.closes !== true) continue;
      connection[Symbol.dispose]();
      connection = await RawConnection.open(target);
      answered = 0;
    }
  } finally {
    connection[Symbol.dispose]();
  }
}

async function sendInParts(context: CheckContext, path: string, body: string, parts: number): Promise<RawReply> {
  using connection = await RawConnection.open(context.client.target);
  const bytes = Buffer.from(body);
  connection.write(connection.head('POST', path, bytes.length));
  const size = Math.ceil(bytes.length / parts);
  for (let at = 0; at < bytes.length; at += size) {
    await context.sleep(SEGMENT_GAP_MS);
    connection.write(bytes.subarray(at, at + size));
  }
  const [reply] = await connection.replies(1);
  if (reply === undefined) throw new Violation('an answer', { came: 'none' });
  return reply;
}

/** The declared status; where all are 200, a body that says the same. */
function expectAnswer(context: CheckContext, path: string, reply: RawReply | undefined, declared: number): void {
  const { status, body } = reply ?? { status: 0, body: '' };
  const refused = /"error"\s*:/.test(body) && !/"status"\s*:/.test(body);
  const means = context.client.always200 && status === 200 && refused === declared >= 400;
  expectThat(status === declared || means, `${declared} for POST ${path}`, `${status} ${body}`);
}
