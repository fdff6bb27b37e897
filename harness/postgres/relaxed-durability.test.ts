import { expect, test } from 'vitest';
import { relaxedDurability } from './relaxed-durability.ts';

test('every setting that trades durability for speed is told, in one sentence each', () => {
  const told = relaxedDurability({ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', work_mem: '8MB' });
  expect(told.map((note) => /^PostgreSQL runs with (\w+)=off: /.exec(note)?.[1])).toEqual([
    'fsync',
    'full_page_writes',
    'synchronous_commit',
  ]);
});

test('nothing is told of settings that keep every promise', () => {
  expect(relaxedDurability({})).toEqual([]);
  expect(relaxedDurability({ max_connections: '100', synchronous_commit: 'remote_apply' })).toEqual([]);
});
