import type { Profiler } from 'node:inspector';
import { expect, test } from 'vitest';
import { type CallNode, cpuCallTree, heapCallTree } from './call-tree.ts';
import { cutProfile } from './cut-profile.ts';

const frame = (functionName: string) => ({ functionName, scriptId: '1', url: '', lineNumber: 0, columnNumber: 0 });

/** Samples at 110, 120, 150 and 160 µs, the last until 200. */
const PROFILE: Profiler.Profile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), hitCount: 0, children: [2, 3] },
    { id: 2, callFrame: frame('a'), hitCount: 3, children: [4] },
    { id: 3, callFrame: frame('b'), hitCount: 1 },
    { id: 4, callFrame: frame('c'), hitCount: 0 },
  ],
  startTime: 100,
  endTime: 200,
  samples: [2, 4, 2, 3],
  timeDeltas: [10, 10, 30, 10],
};

function selfOf(tree: CallNode): Readonly<Record<string, number>> {
  return Object.assign({ [tree.frame.functionName]: tree.self }, ...tree.children.map(selfOf));
}

test('a sample stands for the time until the next one', () => {
  expect(selfOf(cpuCallTree(PROFILE))).toEqual({ '(root)': 0, a: 20, c: 30, b: 40 });
});

test('samples that came in the wrong order take no time away', () => {
  const tree = cpuCallTree({ ...PROFILE, timeDeltas: [10, 10, -5, 50] });
  expect(selfOf(tree)).toEqual({ '(root)': 0, a: 60, c: 0, b: 35 });
});

test('a profile without nodes is refused', () => {
  expect(() => cpuCallTree({ ...PROFILE, nodes: [] })).toThrow('without nodes');
});

test('a cut profile begins with the window, and what was before it is gone', () => {
  const cut = cutProfile(PROFILE, 130);
  expect(cut).toMatchObject({ startTime: 130, endTime: 200, samples: [2, 3], timeDeltas: [20, 10] });
  expect(cut.nodes.map(({ hitCount }) => hitCount)).toEqual([0, 1, 1, 0]);
  expect(selfOf(cpuCallTree(cut))).toEqual({ '(root)': 0, a: 10, c: 0, b: 40 });
});

test('a heap profile is a tree of bytes', () => {
  const leaf = { id: 2, callFrame: frame('take'), selfSize: 512, children: [] };
  const head = { id: 1, callFrame: frame('(root)'), selfSize: 0, children: [leaf] };
  expect(selfOf(heapCallTree({ head }))).toEqual({ '(root)': 0, take: 512 });
});
