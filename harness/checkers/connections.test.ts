import { expect, test } from 'vitest';
import { connections, evidence, log, sample } from '../test/checkers-evidence.ts';
import { checkConnections } from './connections.ts';

type Connections = Parameters<typeof connections>[0];

function judge(more: Connections) {
  return checkConnections(evidence({ connections: connections(more) }));
}

function withSample(more: Parameters<typeof sample>[1]): Connections {
  return { samples: [sample(0), sample(100), sample(200, more), sample(300), sample(400)] };
}

test('sessions within the budget are valid, and the peaks are told', () => {
  expect(judge(withSample({ unnamed: 10, total: 90 }))).toMatchObject({
    verdict: 'invalid',
    summary: expect.stringContaining('exceed the total budget'),
  });
  expect(judge(withSample({ foreign: 3, total: 81 }))).toMatchObject({
    verdict: 'valid',
    summary: 'peak 45 async, 31 regular, 76 together (budget 45 + 31 = 76), 81 of 100 in all, 3 of others',
    counts: { samples: 5, 'peak async': 45, 'peak server': 76, 'peak foreign': 3, budget: 76, leftAfterExit: 0 },
  });
});

test.each([
  ['async budget of 45', withSample({ async: 46, regular: 30 })],
  ['regular budget of 31', withSample({ async: 10, regular: 32 })],
  ['total budget of 75', { ...withSample({}), budget: { total: 75, async: 45, regular: 31 } }],
  ['max_connections of 77', { ...withSample({}), maxConnections: 77 }],
  ['max_connections of 77', { ...withSample({}), maxConnections: 77, budget: { missing: 'unknown server' } }],
])('more than the %s is a violation, shown with its time', (limit, more) => {
  const result = judge(more);
  expect(result).toMatchObject({ verdict: 'invalid', summary: expect.stringContaining(`exceed the ${limit}`) });
  expect(result.witness[0]).toMatch(/^at \d+ ms: async \d+/);
});

test('a session that outlives its server is a violation', () => {
  expect(judge({ leftAfterExit: 2 })).toMatchObject({ verdict: 'invalid', counts: { leftAfterExit: 2 } });
});

test('a connection that PostgreSQL refused is a violation, even when nobody sampled', () => {
  const postgresLog = log('PostgreSQL log', { class: '53300 sorry, too many clients already', severity: 'fatal' });
  const result = checkConnections(evidence({ postgresLog, connections: { missing: 'no sampler' } }));
  expect(result).toMatchObject({ verdict: 'invalid', summary: expect.stringContaining('refused') });
});

test.each([
  ['too few samples', { samples: [0, 100, 200, 300].map((atMs) => sample(atMs)) }],
  ['a gap', { samples: [0, 100, 200, 300, 1301].map((atMs) => sample(atMs)) }],
  ['no session of the server', { samples: [0, 1, 2, 3, 4].map((atMs) => sample(atMs, { async: 0, regular: 0 })) }],
  ['no budget', { budget: { missing: 'unknown server' } }],
  ['nobody looked after the exit', { leftAfterExit: { missing: 'PostgreSQL was gone' } }],
])('%s: unknown', (_what, more) => {
  expect(judge(more)).toMatchObject({ verdict: 'unknown', summary: expect.stringContaining('cannot be judged') });
});

test('no sampling at all: unknown, with the reason', () => {
  expect(checkConnections(evidence({ connections: { missing: 'no sampler' } }))).toMatchObject({
    verdict: 'unknown',
    summary: 'cannot be judged: no sampler',
  });
});
