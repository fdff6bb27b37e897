import { expect, test } from 'vitest';
import { EXIT_CODE } from '../cli/exit-code.ts';
import { foreignTarget } from '../target/target-under-test.ts';
import { type Misbehaving, type Misbehaviour, replyOf, startHostileServer } from './hostile-server.ts';
import { findingOf, runOnTarget } from './run-on-target.ts';

const GARBAGE = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167) % 256));
const MANY = JSON.stringify(
  Array.from({ length: 100_000 }, (_, index) => ({ status: 'queued', transaction_id: index })),
);

/** Sends pieces until the other side has enough. */
function sendForEver(start: string, piece: Buffer): Misbehaviour {
  return (socket) => {
    socket.write(start);
    const more = () => {
      while (socket.writable && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };
}

const sendAndEnd =
  (text: string): Misbehaviour =>
  (socket) =>
    void socket.end(text);

const send =
  (text: string | Buffer): Misbehaviour =>
  (socket) =>
    void socket.write(text);

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

const MISBEHAVIOURS: Readonly<Record<string, Misbehaviour>> = {
  'bytes that are no HTTP, and an end': (socket) => socket.end(GARBAGE),
  'HTML under 502': send(replyOf('<html>Bad Gateway</html>', { status: '502 Bad Gateway' })),
  'HTML under 200': send(replyOf('<!doctype html><p>log in</p>')),
  'JSON that breaks off': send(replyOf('[{"status":"queued","transaction_id":"r')),
  'a body that breaks off': sendAndEnd(`${HEAD}content-length: 5000\r\n\r\n[{"status":`),
  'headers that break off': sendAndEnd(HEAD),
  'an end before any answer': (socket) => socket.end(),
  'a reset': (socket) => socket.resetAndDestroy(),
  'a chunk size that is no number': sendAndEnd(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n`),
  'an empty answer': send(replyOf('')),
  null: send(replyOf('null')),
  'a number': send(replyOf('7')),
  'a string': send(replyOf('"queued"')),
  'JSON as deep as a well': send(replyOf('['.repeat(200_000))),
  '100,000 items': send(replyOf(MANY)),
  '100,000 items as messages': send(replyOf(`{"messages":${MANY}}`)),
  'items that are no objects': send(replyOf('[null,7,"x",[],{}]')),
  'messages that are no objects': send(replyOf('{"messages":[null,7,"x",[],{}]}')),
  'no content with a body': sendAndEnd('HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nnull'),
  'a redirect': send(replyOf('', { status: '302 Found', headers: 'location: http://127.0.0.1:1/\r\n' })),
  'a status of its own': send(replyOf('[]', { status: '799 Whatever' })),
  'compressed, it says': send(replyOf('[]', { headers: 'content-encoding: gzip\r\n' })),
  'headers without end': sendForEver(HEAD, Buffer.from(`x-more: ${'y'.repeat(60_000)}\r\n`)),
  'a body without end': sendForEver(`${HEAD}\r\n`, Buffer.alloc(2 ** 20, '[')),
};

/** Everything ends with a verdict and a report; what cannot be trusted is never a pass. */
async function verdictOn(misbehaving: Misbehaving, misbehave: Misbehaviour) {
  await using server = await startHostileServer(misbehaving, misbehave);
  const result = await runOnTarget(server.baseUrl, { batch: 50 });
  expect(['invalid', 'inconclusive']).toContain(result.verdict);
  expect(result.arms[0]?.throughputMsgPerS).toBeNull();
  return result;
}

test.each(Object.entries(MISBEHAVIOURS))('%s: in place of answers to pushes and pops', async (_, misbehave) => {
  // Whoever hands out strangers for ever is listened to until the drain's time is over.
  const result = await verdictOn({ push: Number.POSITIVE_INFINITY, pop: 4 }, misbehave);
  expect(findingOf(result, 'statuses')).toMatch(/^invalid/);
  expect(findingOf(result, 'accounting')).not.toMatch(/^valid/);
  const counts = result.checks.find(({ name }) => name === 'accounting')?.counts;
  expect(counts).toMatchObject({ attempted: 200, acknowledged: 0, pending: 0 });
  expect(result.notes?.join()).toContain('was left on the target for a look');
});

const EVERY_PUSH = { push: Number.POSITIVE_INFINITY };

const HONEST: Readonly<Record<string, Misbehaviour>> = {
  'another content type': (socket, honest) => socket.write(replyOf(honest).replace('application/json', 'text/html')),
  'HTTP 1.0, and an end': (socket, honest) => socket.end(replyOf(honest).replace('HTTP/1.1', 'HTTP/1.0')),
  'an announced end': (socket, honest) => socket.end(replyOf(honest, { headers: 'connection: close\r\n' })),
  'single bytes in chunks': (socket, honest) => {
    const chunks = [...honest].map((byte) => `1\r\n${byte}\r\n`).join('');
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
  },
};

test.each(Object.entries(HONEST))('an honest answer is read in whatever form it comes: %s', async (_, answer) => {
  const result = await verdictOn(EVERY_PUSH, answer);
  expect(findingOf(result, 'statuses')).toMatch(/^valid/);
});

test.each(['a body without end', 'headers that break off', 'HTML under 200'])(
  'a queue that is not confirmed is no target: %s',
  async (name) => {
    await using server = await startHostileServer({ configure: 1 }, MISBEHAVIOURS[name] as Misbehaviour);
    await expect(runOnTarget(server.baseUrl)).rejects.toMatchObject({
      exitCode: EXIT_CODE.unavailable,
      message: expect.stringContaining('The server did not make the queue "queueproof'),
    });
  },
);

test('an answer that ends with its connection cannot be told from one that breaks off', async () => {
  const result = await verdictOn(EVERY_PUSH, (socket, honest) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${honest}`));
  expect(findingOf(result, 'statuses')).toBe('invalid: 200 indeterminate');
});

test('what is no HTTP is known at once, and not waited for', async () => {
  const startedMs = performance.now();
  const result = await verdictOn(EVERY_PUSH, (socket) => socket.write(GARBAGE));
  expect(performance.now() - startedMs).toBeLessThan(12_000);
  expect(result.arms[0]?.errors).toMatchObject([{ class: 'no HTTP', count: 4 }]);
});

test.each(['a reset', 'HTML under 200', 'a body without end', 'headers that break off'])(
  'a queue that could not be deleted is told of: %s',
  async (name) => {
    await using server = await startHostileServer({ delete: 1 }, MISBEHAVIOURS[name] as Misbehaviour);
    const notes: string[] = [];
    const target = foreignTarget({
      clientsUrl: server.baseUrl,
      baseUrl: server.baseUrl,
      queue: 'q',
      onNote: (note) => notes.push(note),
    });
    await target[Symbol.asyncDispose]();
    expect(notes).toEqual([
      expect.stringMatching(
        /^the queue "q" could not be deleted from the target \(.+\); to delete it: curl -X DELETE http/s,
      ),
    ]);
  },
);
