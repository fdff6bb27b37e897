import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useTestDatabase } from './test-database.ts';
import { TestServer } from './test-server.ts';

const database = useTestDatabase('end');
let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start(database);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  expect(server.process.lines.filter(({ level }) => level >= 40)).toEqual([]);
});

/** Pieces that mean something to URLs, SQL, PostgreSQL's array text, JSON or a key joined with a colon. */
const PIECES = [':', ' ', '%', '%3A', '%2F', "'", '"', ',', '{', '}', '\\', '/', '?', '#', '&', '=', '+', ';', '--'];
const WORDS = [
  'a',
  'b',
  'A',
  '1',
  'NULL',
  'null',
  'Default',
  'é',
  'e\u0301',
  '中',
  '😀',
  '\t',
  '\n',
  '.',
  '..x',
  '__proto__',
];
const name = fc
  .array(fc.constantFrom(...PIECES, ...WORDS), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.join(''))
  // Segments of a path that mean the folder itself or the one above, by the rules of URLs.
  .filter((text) => text !== '.' && text !== '..');

/** Places that are the same text once queue and partition are joined with a colon. */
const lookalikes = fc
  .array(name, { minLength: 3, maxLength: 4 })
  .map((parts) =>
    parts.slice(1).map((_, cut) => [parts.slice(0, cut + 1).join(':'), parts.slice(cut + 1).join(':')] as const),
  );

type Place = readonly [queue: string, partition: string];

function unique(places: readonly (readonly Place[])[]): readonly Place[] {
  return [...new Map(places.flat().map((place) => [JSON.stringify(place), place])).values()];
}

test.each(['/api/v1/push', '/api/v1/push-legacy'])(
  'misrouting: whatever the names, %s delivers from exactly the right queue and partition',
  async (route) => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 4 }), lookalikes).map(unique),
        async (places) => {
          for (const queue of new Set(places.map(([queue]) => queue))) await server.configure(queue);
          // One transaction id for all: it is its partition's own.
          const items = places.map(([queue, partition]) => ({
            queue,
            partition,
            payload: [queue, partition],
            transactionId: 'same',
          }));
          for (const { status } of await server.push(route, items)) expect(status).toBe('queued');
          for (const [queue, partition] of places) {
            const delivered = await server.drain(queue, partition);
            expect(delivered.map((message) => [message.queue, message.partition, message.data])).toEqual([
              [queue, partition, [queue, partition]],
            ]);
          }
          await database.admin.query('truncate queen.messages; delete from queen.queues');
        },
      ),
      { numRuns: 40 },
    );
  },
);
