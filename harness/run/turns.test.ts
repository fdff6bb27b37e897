import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sliceOrder, Turns } from './turns.ts';

const NEVER = new AbortController().signal;

/** Takes so many turns, and writes down each with its end; `work` is done in each. */
async function takeTurns(
  turns: Turns,
  place: number,
  count: number,
  log: string[],
  work = setImmediate,
): Promise<void> {
  using turn = turns.join(place);
  for (let taken = 0; taken < count; taken += 1) {
    await turn.next();
    log.push(`${place} begins`);
    await work();
    log.push(`${place} ends`);
  }
}

test('slices go forwards and backwards, between a beginning and an end for each', () => {
  expect(sliceOrder(2, 3)).toEqual([...[0, 1], ...[0, 1], ...[1, 0], ...[0, 1], ...[0, 1]]);
  expect(sliceOrder(1, 1)).toEqual([0, 0, 0]);
});

test('everybody waits for the turn, and nobody works beside another', async () => {
  const log: string[] = [];
  const order = sliceOrder(3, 4);
  const turns = new Turns(order, NEVER);
  await Promise.all([2, 0, 1].map((place) => takeTurns(turns, place, 6, log)));
  expect(log).toEqual(order.flatMap((place) => [`${place} begins`, `${place} ends`]));
});

test('a place that is given up, in its turn or before it, is passed over', async () => {
  const log: string[] = [];
  const turns = new Turns(sliceOrder(3, 2), NEVER);
  await Promise.all([takeTurns(turns, 0, 4, log), takeTurns(turns, 1, 1, log), takeTurns(turns, 2, 0, log)]);
  const begun = log.filter((line) => line.endsWith('begins')).map((line) => Number(line[0]));
  expect(begun).toEqual([0, 1, 0, 0, 0]);
});

test('an error in a turn gives the place up', async () => {
  const log: string[] = [];
  const turns = new Turns(sliceOrder(2, 1), NEVER);
  const fails = takeTurns(turns, 0, 3, log, async () => {
    throw new Error('no');
  });
  const results = await Promise.allSettled([fails, takeTurns(turns, 1, 3, log)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('abort ends all waiting, and lets nobody begin', async () => {
  const abort = new AbortController();
  const turns = new Turns([0, 1], abort.signal);
  const [first, second] = [turns.join(0), turns.join(1)];
  await first.next();
  const waiting = second.next();
  abort.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  first[Symbol.dispose]();
  await expect(second.next()).rejects.toThrow('stop');
});
