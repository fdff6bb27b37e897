import { expect, test } from 'vitest';
import { PopGate } from './pop-gate.ts';

/** Looks that are finished by hand, in the order in which they began. */
function manualLooks() {
  const begun: PromiseWithResolvers<string | undefined>[] = [];
  const look = (): Promise<string | undefined> => {
    const resolvers = Promise.withResolvers<string | undefined>();
    begun.push(resolvers);
    return resolvers.promise;
  };
  return { begun, look };
}

test('one vain look answers those who asked before it began, and nobody who asked later', async () => {
  const gate = new PopGate<string>({ fewest: 1, most: 1 });
  const { begun, look } = manualLooks();
  const first = gate.run('k', look);
  const second = gate.run('k', look);
  begun[0]?.resolve(undefined);
  expect(await first).toBeUndefined();
  // The second asked after the first had begun to look: what came in between is there for it.
  await expect.poll(() => begun.length).toBe(2);
  const third = gate.run('k', look);
  const fourth = gate.run('k', look);
  begun[1]?.resolve('message');
  expect(await second).toBe('message');
  await expect.poll(() => begun.length).toBe(3);
  const fifth = gate.run('k', look);
  begun[2]?.resolve(undefined);
  expect([await third, await fourth]).toEqual([undefined, undefined]);
  await expect.poll(() => begun.length).toBe(4);
  begun[3]?.resolve('late');
  expect(await fifth).toBe('late');
  expect(begun).toHaveLength(4);
});

test('keys do not wait for each other, and a failure is the affair of the one that looked', async () => {
  const gate = new PopGate<string>({ fewest: 1, most: 1 });
  const { begun, look } = manualLooks();
  const stuck = gate.run('a', look);
  const next = gate.run('a', look);
  const other = gate.run('b', look);
  begun[1]?.resolve('b');
  expect(await other).toBe('b');
  begun[0]?.reject(new Error('lost'));
  await expect(stuck).rejects.toThrow('lost');
  await expect.poll(() => begun.length).toBe(3);
  begun[2]?.resolve('a');
  expect(await next).toBe('a');
});

test('as long as looks find something more are under way at once, up to a bound; a vain one brings it back', async () => {
  const gate = new PopGate<string>({ fewest: 1, most: 3 });
  const { begun, look } = manualLooks();
  const asked = Array.from({ length: 9 }, () => gate.run('k', look));
  expect(begun).toHaveLength(1);
  begun[0]?.resolve('1');
  await expect.poll(() => begun.length).toBe(3);
  begun[1]?.resolve('2');
  await expect.poll(() => begun.length).toBe(5);
  begun[2]?.resolve('3');
  await asked[2];
  // Three are under way, and no more than that.
  await expect.poll(() => begun.length).toBe(6);
  begun[5]?.resolve(undefined);
  // It began after the others had asked, so it answers them as well.
  expect(await Promise.all(asked.slice(5))).toEqual([undefined, undefined, undefined, undefined]);
  const late = [gate.run('k', look), gate.run('k', look)];
  begun[3]?.resolve('4');
  begun[4]?.reject(new Error('lost'));
  await expect(asked[4]).rejects.toThrow('lost');
  for (const number of [6, 7]) {
    await expect.poll(() => begun.length).toBeGreaterThan(number);
    begun[number]?.resolve('late');
  }
  expect(await Promise.all(late)).toEqual(['late', 'late']);
});
