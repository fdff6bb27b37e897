import { expect, test } from 'vitest';
import { sampleBlock } from '../test/sample-block.ts';
import { BlockSource } from './measure-blocks.ts';
import type { Block } from './run-block.ts';

function source(canaries: readonly number[], verdict: 'valid' | 'invalid' | 'unknown' = 'valid') {
  const readings = [...canaries];
  const run: number[] = [];
  const lines: string[] = [];
  const blocks = new BlockSource({
    leads: ['base', 'candidate', 'candidate', 'base'],
    run: async (place) => {
      run.push(place.number);
      return sampleBlock({ ...place, verdict });
    },
    readCanary: () => readings.shift() ?? canaries.at(-1) ?? 0,
    rest: async () => undefined,
    progress: { phase: () => undefined, done: () => undefined, fail: (line) => lines.push(line) },
  });
  return { blocks, run, lines };
}

test('on a steady machine every block counts, and the leads are followed', async () => {
  const { blocks, run } = source([100]);
  const leads: string[] = [];
  for (let left = 4; left > 0; left -= 1) leads.push(((await blocks.next('first')) as Block).lead);
  expect(leads).toEqual(['base', 'candidate', 'candidate', 'base']);
  expect(run).toEqual([1, 2, 3, 4]);
  expect(await blocks.next('first')).toEqual({ stopped: 'every block that was planned has been measured' });
});

test('a round of fresh blocks begins with a pair of leads, whatever the first one ended with', async () => {
  const { blocks } = source([100]);
  const rounds = ['first', 'confirmation', 'confirmation'] as const;
  const leads: string[] = [];
  for (const round of rounds) leads.push(((await blocks.next(round)) as Block).lead);
  expect(leads).toEqual(['base', 'candidate', 'base']);
});

test('a block is not begun on a machine that is slower than it was, and the next one has its lead', async () => {
  const { blocks, run, lines } = source([100, 100, 85, 98, 98]);
  await blocks.next('first');
  expect(await blocks.next('first')).toMatchObject({ number: 3, lead: 'candidate' });
  expect(run).toEqual([1, 3]);
  expect(blocks.dropped).toEqual([{ number: 2, reason: expect.stringContaining('15 % slower before block 2') }]);
  expect(lines).toHaveLength(1);
});

test('a block during which the machine changed is dropped, but not what it disproved', async () => {
  const { blocks } = source([100, 120, 100, 100]);
  expect(await blocks.next('first')).toMatchObject({ number: 2, lead: 'base' });
  expect(blocks.dropped[0]?.reason).toContain('20 % faster after block 1');
  const violated = source([100, 120], 'invalid');
  expect(await violated.blocks.next('first')).toMatchObject({ number: 1 });
});

test('a block that could not be proved is none, and so many of them are the end', async () => {
  const { blocks, run } = source([100], 'unknown');
  expect(await blocks.next('first')).toEqual({
    stopped: expect.stringContaining('block 5 could not be proved: the candidate: accounting: one is lost'),
  });
  expect(run).toEqual([1, 2, 3, 4, 5]);
});

test('a machine that never comes to rest is given up', async () => {
  const { blocks } = source([100, 120, 100, 120, 100, 120, 100, 120, 100, 120, 100, 120]);
  expect(await blocks.next('first')).toEqual({
    stopped: expect.stringContaining('5 blocks had to be dropped; the last: the machine is'),
  });
  expect(blocks.dropped).toHaveLength(5);
});
