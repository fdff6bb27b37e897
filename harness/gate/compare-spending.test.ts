import { expect, test } from 'vitest';
import { compareFunctions, compareStatements } from './compare-spending.ts';

test('functions are told by what they cost a message, wherever they stand in their file', () => {
  const cost = (name: string, place: string, self: number) => ({ name, place, self, total: self });
  const idle = { name: '(idle)', self: 1e9 };
  const compared = compareFunctions(
    {
      base: {
        functions: [cost('spin', 'server/a.ts:10', 1000), cost('parse', 'server/b.ts:3', 5000)],
        outside: [idle],
      },
      candidate: {
        functions: [cost('spin', 'server/a.ts:12', 6000), cost('parse', 'server/b.ts:3', 10_000)],
        outside: [{ name: '(garbage collector)', self: 4000 }],
      },
    },
    { base: 1000, candidate: 2000 },
  );
  expect(compared).toEqual([
    { name: 'spin server/a.ts', base: 1, candidate: 3 },
    { name: '(garbage collector)', base: 0, candidate: 2 },
  ]);
});

test('a statement that only one version has is there with nothing in the other', () => {
  const compared = compareStatements(
    {
      base: [{ text: 'select 1', calls: 100, totalUs: 1000 }],
      candidate: [
        { text: 'select 1', calls: 100, totalUs: 1000 },
        { text: 'select 2', calls: 50, totalUs: 5000 },
      ],
    },
    { base: 100, candidate: 100 },
  );
  expect(compared).toEqual([
    { text: 'select 2', calls: { base: 0, candidate: 0.5 }, meanUs: { base: null, candidate: 100 } },
  ]);
});
