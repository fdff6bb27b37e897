import { expect, test } from 'vitest';
import { LogProblems } from './log-problems.ts';
import { troubleOfServer } from './server-log-line.ts';

test('levels from 40 up are troubles, with code and message of the error', () => {
  const line = { level: 50, time: 1000, msg: 'push failed', err: { code: '23505', message: 'duplicate key' } };
  expect(troubleOfServer(JSON.stringify(line))).toEqual({
    severity: 'error',
    code: '23505',
    message: 'push failed: duplicate key',
    atMs: 1000,
  });
  expect(troubleOfServer('{"level":60,"msg":"out of memory"}')).toMatchObject({ severity: 'fatal', atMs: undefined });
  expect(troubleOfServer('{"level":40,"msg":"slow"}')).toMatchObject({ severity: 'warning' });
  expect(troubleOfServer('{"level":30,"msg":"fine"}')).toBeUndefined();
});

test.each(['TypeError: x is not a function', 'Uncaught exception', 'Error: boom'])(
  'what the logger did not write is an error when it looks like one: %s',
  (line) => expect(troubleOfServer(line)).toMatchObject({ severity: 'error', message: line }),
);

test.each(['(node:7) DeprecationWarning: old', '{"level":50,"msg":"cut o', '{"other":"json"}'])(
  'what the logger did not write is a warning: %s',
  (line) => expect(troubleOfServer(line)).toMatchObject({ severity: 'warning', message: line }),
);

test('messages that differ in numbers and ids are one class', () => {
  const problems = new LogProblems();
  const message = (id: number) => `partition ${id} of 0199c3b4-0000-7000-8000-00000000000${id} is gone`;
  for (const id of [1, 2, 3]) problems.add({ severity: 'error', code: 'P0001', message: message(id), atMs: id });
  problems.add({ severity: 'warning', code: 'P0001', message: message(4), atMs: 4 });
  expect(problems.list()).toEqual([
    {
      class: 'P0001 partition # of <uuid> is gone',
      severity: 'error',
      count: 3,
      example: message(1),
      spans: [{ fromMs: 1, toMs: 3, count: 3 }],
    },
    expect.objectContaining({ severity: 'warning', count: 1 }),
  ]);
});

test('a flood of classes is counted whole in bounded memory, the worst severity still seen', () => {
  const problems = new LogProblems();
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  for (const first of letters) {
    for (const second of letters) {
      problems.add({ severity: 'warning', code: undefined, message: first + second, atMs: undefined });
    }
  }
  problems.add({ severity: 'fatal', code: undefined, message: 'the end', atMs: undefined });
  const list = problems.list();
  expect(list.length).toBeLessThan(100);
  expect(list.reduce((sum, { count }) => sum + count, 0)).toBe(26 * 26 + 1);
  expect(list.find(({ severity }) => severity === 'fatal')).toMatchObject({ count: 1 });
});
