import { expect, test } from 'vitest';
import type { Behaviour } from './behaviour.ts';
import { CannotCheck, NotOffered, Violation } from './finding-error.ts';
import { HttpClient } from './http-client.ts';
import { runBehaviours } from './run-behaviours.ts';

/** Nothing is sent in these tests. */
const TARGET = { baseUrl: 'http://127.0.0.1:1', token: undefined, requestTimeoutMs: 100 };

function behaviour(id: string, check: Behaviour['check'], alone = false): Behaviour {
  return { section: 'push', id, text: id, check, alone };
}

async function run(behaviours: readonly Behaviour[], signal = new AbortController().signal) {
  await using client = new HttpClient(TARGET);
  const options = { client, prefix: 'x', concurrency: 2, checkTimeoutMs: 50, signal, onOutcome: () => undefined };
  return await runBehaviours(behaviours, options);
}

test('what a check throws decides what was found; a defect of the check itself is never a violation', async () => {
  const request = { method: 'GET', url: 'http://x/', body: undefined, headers: {} };
  const throwing = [
    new Violation('a', { came: 'b', request }),
    new CannotCheck('no queue'),
    new NotOffered('404: none'),
    new TypeError('undefined is not a function'),
  ];
  const outcomes = await run([
    behaviour('good', async () => undefined),
    ...throwing.map((error, index) =>
      behaviour(`${index}`, async () => {
        throw error;
      }),
    ),
  ]);
  expect(outcomes).toMatchObject([
    { id: 'good', verdict: 'valid' },
    { verdict: 'violated', expected: 'a', came: 'b', curl: "curl -sS -i 'http://x/'" },
    { verdict: 'unknown', reason: 'no queue' },
    { verdict: 'not-offered', reason: '404: none' },
    { verdict: 'unknown', reason: 'undefined is not a function' },
  ]);
});

test('a check that does not end is given up', async () => {
  const outcomes = await run([behaviour('endless', (context) => context.sleep(60_000))]);
  expect(outcomes).toMatchObject([
    { verdict: 'unknown', reason: expect.stringContaining('did not end within 0.05 s') },
  ]);
});

test('what changes the whole server is checked by itself, after all others', async () => {
  const seen: string[] = [];
  let underWay = 0;
  const noting = (id: string, alone: boolean): Behaviour =>
    behaviour(
      id,
      async (context) => {
        underWay += 1;
        seen.push(`${id}${underWay > 1 ? '+' : ''}`);
        await context.sleep(5);
        underWay -= 1;
      },
      alone,
    );
  await run([noting('a', true), noting('b', false), noting('c', false), noting('d', true)]);
  expect(seen).toEqual(['b', 'c+', 'a', 'd']);
});

test('an interruption ends what is under way and starts no more', async () => {
  const interruption = new AbortController();
  const outcomes = await run(
    [
      behaviour('waiting', (context) => context.sleep(60_000)),
      behaviour('interrupting', async () => interruption.abort(new Error('interrupted'))),
      behaviour('third', async () => undefined),
    ],
    interruption.signal,
  );
  expect(outcomes).toMatchObject([
    { id: 'waiting', verdict: 'unknown', reason: expect.stringContaining('interrupted') },
    { id: 'interrupting' },
  ]);
});
