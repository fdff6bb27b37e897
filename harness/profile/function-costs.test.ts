import { expect, test } from 'vitest';
import type { CallNode } from './call-tree.ts';
import { functionCosts } from './function-costs.ts';

const PLACES = { projectUrl: 'file:///home/me/queue/', profilerUrl: 'file:///home/me/queue/harness/preload.ts' };

function node(functionName: string, self: number, children: readonly CallNode[] = [], file = 'server/a.ts'): CallNode {
  const url = functionName.startsWith('(') || file === '' ? '' : `file:///home/me/queue/${file}`;
  return { frame: { functionName, scriptId: '1', url, lineNumber: 9, columnNumber: 2 }, self, children };
}

test('a function is one row, wherever and in whatever thread it was called from', () => {
  const main = node('(root)', 0, [node('push', 10, [node('encode', 5)]), node('pop', 1, [node('encode', 2)])]);
  const thread = node('(root)', 0, [node('encode', 20)]);
  expect(functionCosts([main, thread], PLACES)).toEqual({
    total: 38,
    functions: [
      { name: 'encode', place: 'server/a.ts:10', self: 27, total: 27 },
      { name: 'push', place: 'server/a.ts:10', self: 10, total: 15 },
      { name: 'pop', place: 'server/a.ts:10', self: 1, total: 3 },
    ],
    outside: [],
  });
});

test('functions of one name in two files are two', () => {
  const tree = node('(root)', 0, [node('read', 1, [], 'a.ts'), node('read', 2, [], 'b.ts')]);
  expect(functionCosts([tree], PLACES).functions.map(({ place }) => place)).toEqual(['b.ts:10', 'a.ts:10']);
});

test('a function that calls itself has the time of its calls once', () => {
  const tree = node('(root)', 0, [node('walk', 4, [node('step', 1, [node('walk', 5)])])]);
  const walk = functionCosts([tree], PLACES).functions.find(({ name }) => name === 'walk');
  expect(walk).toMatchObject({ self: 9, total: 10 });
});

test('waiting and the profiler are no work; native code and the garbage collector are, but of no function', () => {
  const profiler = node('onLine', 0, [node('post', 40)], 'harness/preload.ts?kind=cpu');
  const tree = node('(root)', 0, [
    node('(idle)', 500),
    node('(program)', 30),
    node('(garbage collector)', 20),
    node('emit', 50, [profiler]),
  ]);
  expect(functionCosts([tree], PLACES)).toEqual({
    total: 100,
    functions: [{ name: 'emit', place: 'server/a.ts:10', self: 50, total: 50 }],
    outside: [
      { name: '(program)', self: 30 },
      { name: '(garbage collector)', self: 20 },
      { name: '(idle)', self: 500 },
      { name: '(profiler)', self: 40 },
    ],
  });
});

test('a place is short: without the project, or from node_modules on; native functions have none', () => {
  const at = (url: string): CallNode => {
    const { frame, ...rest } = node('', 1);
    return { ...rest, frame: { ...frame, url } };
  };
  const tree = node('(root)', 0, [at('file:///elsewhere/node_modules/pg/lib/client.js'), at('node:net'), at('')]);
  const { functions } = functionCosts([tree], PLACES);
  expect(functions.map(({ name, place }) => [name, place])).toEqual([
    ['(anonymous)', 'node_modules/pg/lib/client.js:10'],
    ['(anonymous)', 'node:net:10'],
    ['(anonymous)', ''],
  ]);
});
