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
  const gate = new PopGate<string>(1);
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
  const gate = new PopGate<string>(1);
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
