import { expect, test } from 'vitest';
import { Fifo } from './fifo.ts';

test('what went in first comes out first, whatever was taken out between', () => {
  const queue = new Fifo<number>();
  let [pushed, shifted] = [0, 0];
  for (let round = 0; round < 50; round += 1) {
    for (let count = 0; count < 200; count += 1, pushed += 1) queue.push(pushed);
    for (let count = 0; count < 150; count += 1, shifted += 1) expect(queue.shift()).toBe(shifted);
  }
  expect(queue.length).toBe(pushed - shifted);
  while (queue.length > 0) expect(queue.shift()).toBe(shifted++);
  expect([shifted, queue.shift()]).toEqual([pushed, undefined]);
});
