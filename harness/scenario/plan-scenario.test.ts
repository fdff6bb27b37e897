import { expect, test } from 'vitest';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { planScenario, type ScenarioOptions } from './plan-scenario.ts';
import { CHECK_NAMES } from './scenario.ts';

const FILE = 'scenarios/x.yaml';

function plan(text: string, options: Partial<ScenarioOptions> = {}) {
  return planScenario({ name: 'x', file: FILE, text }, { sets: [], quick: false, ...options });
}

function messageOf(text: string, options: Partial<ScenarioOptions> = {}): string {
  try {
    plan(text, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    expect(error.exitCode).toBe(EXIT_CODE.usage);
    expect(error.hint).toContain('scenario.schema.json');
    return error.message;
  }
  return 'no error';
}

function armNames(text: string, options: Partial<ScenarioOptions> = {}): readonly string[] {
  return plan(text, options).arms.map(({ name }) => name);
}

test('a question alone is a whole scenario', () => {
  const { scenario, arms, runs } = plan('question: Q');
  expect(scenario.server).toEqual({
    workers: 2,
    poolSize: 80,
    poolMode: 'split',
    databaseLatency: 'none',
    defect: 'none',
  });
  expect(scenario.checks).toEqual(CHECK_NAMES);
  expect(arms).toEqual([
    {
      name: 'run',
      varied: {},
      postgres: { provider: 'auto', maxConnections: 100, image: 'postgres:18', settings: {} },
      server: { workers: 2, poolSize: 80, poolMode: 'split', databaseLatencyMs: undefined, defect: 'none' },
      queue: { leaseMs: 60_000, retryLimit: 100, encrypted: false },
      consumers: { count: 0, groups: [''], batch: 100, wait: true, thinkMs: 0, nack: 0, expire: 0, crash: 0 },
      faults: [],
      drain: { mode: 'autoAck', consumers: 4, batch: 2000 },
      load: {
        route: 'push',
        model: 'closed',
        open: undefined,
        saturation: undefined,
        batch: 100,
        payloadBytes: 100,
        partitions: 10,
        connections: 16,
        warmUpMs: 1000,
        durationMs: 10_000,
        extendMs: 1000,
        messages: undefined,
        repeat: 0,
        poison: 0,
        bulk: { producers: 0, batch: 1000, pauseMs: 0 },
      },
    },
  ]);
  expect(runs).toEqual([{ arm: arms[0], round: 1 }]);
});

test('a fixed number of messages has no warm-up', () => {
  expect(plan('question: Q\nload: { messages: 5, warmUp: 3s }').arms[0]?.load).toMatchObject({
    messages: 5,
    warmUpMs: 0,
  });
});

test('no window waits for steadiness where throughput is meant to change, or where it ends with the last message', () => {
  const extendMs = (text: string) => plan(text).arms[0]?.load.extendMs;
  expect(extendMs('question: Q\nload: { extend: 500ms }')).toBe(500);
  expect(extendMs('question: Q\nload: { messages: 5 }')).toBe(0);
  expect(extendMs('question: Q\nfaults: { schedule: [{ fault: worker-kill, at: 1s }] }')).toBe(0);
});

test('a search for saturation has its own length and rates, and no number of messages', () => {
  const load = plan('question: Q\nload: { model: saturation, open: { to: 9 }, saturation: { hold: 3s } }').arms[0]
    ?.load;
  expect(load).toMatchObject({ durationMs: 3_000, extendMs: 0, open: { to: undefined }, saturation: { from: 100 } });
  expect(messageOf('question: Q\nload: { model: saturation, messages: 5 }')).toBe(
    `${FILE}:2:38: run: expected no load.messages with load.model saturation, got 5; a search ends when it knows the highest rate`,
  );
});

test('every problem is told at once, in order, with its place and what was expected', () => {
  const text = `laod: {}
batch: 4
load:
  batch: many
  rute: push
  route: pushlegacy
  duration: 0s
  closed: { connection: 3 }
server:
postgres: { maxConnections: x, settings: { a-b: "1", c: 2 } }
checks: [accounting, accounting]
matrix:
  load.bach: [1]
  load.batch: [1, 'x', 100000]
  load: [{ clsed: {} }]
  server.workers: 3
quick: { rounds: 0, load.batch: [] }
`;
  expect(messageOf(text).replaceAll(`${FILE}:`, '')).toBe(
    `1:1: question: expected text, got no such key
1:1: laod: unknown key; did you mean "load"?
2:1: batch: unknown key; did you mean "load.batch"?
4:10: load.batch: expected a whole number from 1 to 10000, got "many"
5:3: load.rute: unknown key; did you mean "route"?
6:10: load.route: expected one of push, push-legacy, got "pushlegacy"; did you mean "push-legacy"?
7:13: load.duration: expected a duration above zero such as 500ms, 10s or 1m, got "0s"
8:13: load.closed.connection: unknown key; did you mean "connections"?
9:1: server: expected a map with keys of workers, poolSize, poolMode, databaseLatency, defect, got nothing
10:29: postgres.maxConnections: expected a whole number from 10 to 10000 or the word any, got "x"
10:44: postgres.settings.a-b: unknown key; expected a name of letters, digits, _ and .
10:57: postgres.settings.c: expected text, got 2
11:22: checks: expected every value once, got "accounting" a second time
13:3: matrix.load.bach: unknown key; did you mean "load.batch"?
14:19: matrix.load.batch[1]: expected a whole number from 1 to 10000, got "x"
14:24: matrix.load.batch[2]: expected a whole number from 1 to 10000, got 100000
15:12: matrix.load[0].clsed: unknown key; did you mean "closed"?
16:19: matrix.server.workers: expected a list of one or more values, each a whole number from 1 to 64, got 3
17:18: quick.rounds: expected a whole number from 1 to 100, got 0
17:33: quick.load.batch: expected a whole number from 1 to 10000 or a list of such values, got an empty list`,
  );
});

test.each([
  [
    '',
    '1:1: expected a map with keys of question, postgres, server, queue, load, consumers, faults, drain, matrix, cover, rounds',
  ],
  ['question: Q\nload: { batch: 1 }\nload: { batch: 2 }', '3:1: expected every key once, got "load" a second time'],
  ['question: Q\nserver: &s {}\nload: *s', '3:7: expected the value itself, got the alias *s'],
  ['question: !secret Q', '1:11: not valid YAML: Unresolved tag: !secret'],
  ['question: Q\nload: [1', '2:9: not valid YAML: '],
  ['question: Q\n---\nquestion: R', '2:1: not valid YAML: Source contains multiple documents, expected one'],
  [
    'question: Q\nmatrix: { load.batch: [1, 2, 1] }',
    '2:30: matrix.load.batch: expected every value once, got 1 a second time',
  ],
  [
    'question: Q\nmatrix: { load.batch: [1], load: [{ batch: 2 }] }',
    '2:28: matrix.load: expected load.batch to be varied by one key, got it from matrix.load.batch too',
  ],
  [
    'question: Q\nmatrix: { load.batch: [1, 2, 3, 4], server.workers: [1, 2, 3] }\nrounds: 100',
    '2:1: expected at most 1000 runs, got 12 arms × 100 rounds = 1200 runs',
  ],
  [
    'question: Q\nload: { route: push-legacy }\nserver: { poolMode: unified }',
    '3:21: run: expected load.route push with server.poolMode unified, got push-legacy; there is no thread pool then',
  ],
  [
    'question: Q\nmatrix:\n  load.route: [push, push-legacy]\n  server.poolMode: [split, unified]',
    '4:3: push-legacy unified: expected load.route push with server.poolMode unified, got push-legacy',
  ],
  [
    'question: Q\nmatrix:\n  load.model: [open, closed]\n  load.open.rate: [10, 20]',
    '4:3: matrix.load.open.rate: expected a key that has an effect, but closed rate=10 has load.model closed',
  ],
  [
    'question: Q\nload: { model: open }\nmatrix:\n  load.closed.connections: [1, 2]',
    '4:3: matrix.load.closed.connections: expected a key that has an effect, but connections=1 has load.model open',
  ],
  [
    'question: Q\nload: { model: open, messages: 100, open: { rate: 10, to: 20 } }',
    '2:59: run: expected load.open.to without load.messages, got both; a number of messages has no end to climb to',
  ],
])('refuses %j', (text, message) => {
  expect(messageOf(text)).toContain(`${FILE}:${message}`);
});

test('a fault in an expectation is told at its character', () => {
  const text = `question: Q
matrix: { load.route: [push, push-legacy] }
expect:
  - lst == 0
  - 'pus.lost == 0'
  - push.p99 / push-legacy.p99 =< 1
`;
  expect(messageOf(text).split('\n')).toEqual([
    `${FILE}:4:5: unknown metric "lst"; did you mean "lost"?`,
    `${FILE}:5:6: expected one of the arms push, push-legacy, got "pus"`,
    `${FILE}:6:32: expected one of == != <= >= < >, got "=< 1"`,
  ]);
});

test('a quick block that takes an expected arm away is refused, even when it is not asked for', () => {
  const text = `question: Q
matrix: { load.batch: [1, 10] }
expect: [batch=10.lost == 0]
quick: { load.batch: 1 }
`;
  expect(messageOf(text)).toBe(`${FILE}:3:10: with --quick: expected one of the arms batch=1, got "batch=10"`);
  expect(armNames(`${text.trimEnd().slice(0, -2)}, expect: [] }`, { quick: true })).toEqual(['batch=1']);
});

test('--set may take away an arm that the quick block expects something of', () => {
  const text = 'question: Q\nmatrix: { load.batch: [1, 10] }\nquick: { expect: [batch=10.lost == 0] }\n';
  expect(armNames(text, { quick: true, sets: ['load.batch=1'] })).toEqual(['batch=1']);
  expect(messageOf(text.replace('lost', 'lst'), { quick: true })).toBe(
    `${FILE}:3:28: unknown metric "lst"; did you mean "lost"?`,
  );
});

test('--quick puts the values of the file in, or one short round when the file has none', () => {
  const own = plan('question: Q\nrounds: 3\nquick: { load.batch: [1, 2], load: { closed: { connections: 3 } } }', {
    quick: true,
  });
  expect(own.arms.map(({ name, load }) => [name, load.connections])).toEqual([
    ['batch=1', 3],
    ['batch=2', 3],
  ]);
  expect(own.scenario.rounds).toBe(3);
  const builtIn = plan('question: Q\nrounds: 3', { quick: true });
  expect(builtIn.runs).toHaveLength(1);
  expect(builtIn.arms[0]?.load).toMatchObject({ warmUpMs: 500, durationMs: 2000 });
  const sweep = plan('question: Q\nmatrix: { load.duration: [1s, 5s] }', { quick: true });
  expect(sweep.arms.map(({ name }) => name)).toEqual(['duration=1s', 'duration=5s']);
});

test('--set wins over --quick, and --postgres sets the provider', () => {
  const { scenario } = plan('question: Q\nquick: { rounds: 1 }', {
    quick: true,
    sets: ['rounds=4', 'postgres.settings.work_mem=8MB'],
    postgres: 'embedded',
  });
  expect(scenario.rounds).toBe(4);
  expect(scenario.postgres).toMatchObject({ provider: 'embedded', settings: { work_mem: '8MB' } });
});

const VARIED = `question: Q
matrix:
  load.route: [push, push-legacy]
  load: [{ batch: 100, closed: { connections: 16 } }, { batch: 1, closed: { connections: 64 } }]
expect: ['"push-legacy batch=1".lost == 0']
`;

test.each([
  ['load.route=push', ['push batch=100', 'push batch=1']],
  [
    'load.batch=7',
    ['push connections=16', 'push connections=64', 'push-legacy connections=16', 'push-legacy connections=64'],
  ],
  ['load={batch: 7, closed: {connections: 8}}', ['push', 'push-legacy']],
  ['load=[{batch: 7}, {batch: 8}]', ['push batch=7', 'push batch=8', 'push-legacy batch=7', 'push-legacy batch=8']],
])('--set %s replaces what the matrix varies', (set, names) => {
  expect(armNames(VARIED, { sets: [set] })).toEqual(names);
});

test('--set with a list varies the key, and takes it out of other axes', () => {
  const arms = plan(VARIED, { sets: ['load.route=push', 'load.batch=[7, 8]'] }).arms;
  expect(arms.map(({ name, load }) => [name, load.batch, load.connections])).toEqual([
    ['push connections=16 batch=7', 7, 16],
    ['push connections=16 batch=8', 8, 16],
    ['push connections=64 batch=7', 7, 64],
    ['push connections=64 batch=8', 8, 64],
  ]);
});

test('faults of the command line name their option', () => {
  const sets = [
    'load.bach=1',
    'load.batch=x',
    'foo',
    'load.batch=[1',
    'rounds=[1,2]',
    'matrix.load.route=push',
    '__proto__.x=1',
  ];
  expect(messageOf('question: Q', { sets, postgres: 'embeded' }).split('\n')).toEqual([
    '--postgres: postgres.provider: expected text such as auto, testcontainers, embedded or postgres://user@localhost/postgres, got "embeded"',
    '--set: load.bach: unknown key; did you mean "load.batch"?',
    '--set: load.batch: expected a whole number from 1 to 10000, got "x"',
    '--set: expected key=value, got "foo"',
    '--set: load.batch: not valid YAML: Flow sequence must end with a ]',
    '--set: rounds: expected a whole number from 1 to 100, got a list',
    '--set: matrix.load.route: unknown key; did you mean "load.route"?',
    expect.stringContaining('--set: __proto__.x: unknown key; expected one of postgres,'),
  ]);
  expect(messageOf('question: Q', { sets: ['server.workers=[1, 1]'] })).toContain('--set: matrix.server.workers:');
  expect(messageOf('question: Q', { sets: ['expect=[lst == 0]'] })).toBe(
    '--set: unknown metric "lst"; did you mean "lost"?',
  );
});

test('the plan is frozen at every depth', () => {
  const { scenario, arms, runs } = plan(VARIED);
  expect(
    [scenario.load.closed, scenario.matrix['load.route'], arms[0]?.load, arms[0]?.varied, runs[0]].every(
      Object.isFrozen,
    ),
  ).toBe(true);
});

test.each([
  [[], false],
  [['server.workers=[1, 2]', 'postgres.settings.synchronous_commit="off"', 'expect=[lost == 0]'], true],
  [
    ['queue.lease=5s', 'consumers.count=3', 'faults.schedule=[{ fault: worker-kill, at: 1s }]', 'drain.mode=ack'],
    false,
  ],
  [['server.workers=[1, 2]', 'load.partitions=[1, 2]', 'cover=pairwise', 'expect=[]'], false],
])('the resolved YAML loads to the same plan (--set %j)', (sets, quick) => {
  const first = plan(VARIED, { sets, quick });
  const second = plan(first.resolvedYaml);
  expect({ ...second, resolvedYaml: '' }).toEqual({ ...first, resolvedYaml: '' });
});

test('an expectation about an arm that --set took away stays in the plan, and is a comment in the resolved YAML', () => {
  const { scenario, resolvedYaml } = plan(VARIED, { sets: ['load.route=push'] });
  expect(scenario.expect).toHaveLength(1);
  expect(resolvedYaml).toContain('# left out, its arm is not run: "push-legacy batch=1".lost == 0');
  expect(plan(resolvedYaml).scenario.expect).toEqual([]);
});

test('a password is used, and shown nowhere', () => {
  const url = 'postgres://me:s3cret@127.0.0.1/db';
  const direct = plan('question: Q', { postgres: url });
  expect(direct.scenario.postgres.provider).toBe(url);
  const varied = plan(`question: Q\nmatrix: { postgres.provider: ['${url}', embedded] }`);
  expect(varied.arms[0]?.postgres.provider).toBe(url);
  const shown = [direct.resolvedYaml, varied.resolvedYaml, varied.arms.map(({ name, varied: keys }) => [name, keys])];
  expect(JSON.stringify(shown)).toContain('postgres://me@127.0.0.1/db');
  expect(JSON.stringify(shown)).not.toContain('s3cret');
  expect(messageOf('question: Q', { postgres: 'postgress://me:s3cret@h' })).not.toContain('s3cret');
});

test('a pool mode that --set or quick brings is held against the route too', () => {
  const legacy = 'question: Q\nload: { route: push-legacy }\n';
  expect(messageOf(legacy, { sets: ['server.poolMode=unified'] })).toContain('--set: run: expected load.route push');
  expect(messageOf(`${legacy}quick: { server.poolMode: unified }`)).toContain(`${FILE}:3:10: run: expected load.route`);
  expect(plan('question: Q\nserver: { poolMode: unified }').arms[0]?.server.poolMode).toBe('unified');
});

test.each([
  ['none', undefined],
  ['0ms', 0],
  ['20ms', 20],
  ['1s', 1000],
])('server.databaseLatency %s', (text, ms) => {
  expect(plan(`{ question: Q, server: { databaseLatency: ${text} } }`).arms[0]?.server.databaseLatencyMs).toBe(ms);
});

test.each(['0.5ms', '1.5s', '5', 'no'])('server.databaseLatency %s is refused', (text) => {
  expect(messageOf(`{ question: Q, server: { databaseLatency: "${text}" } }`)).toContain(
    'server.databaseLatency: expected none or a duration in whole milliseconds',
  );
});

const THREE_AXES = `question: Q
matrix: { load.route: [push, push-legacy], load.batch: [1, 10, 100], server.workers: [1, 2, 4] }
`;

test('cover: pairwise runs every pair of values in fewer arms, in the order of the matrix', () => {
  const { arms, combinations } = plan(`${THREE_AXES}cover: pairwise\n`);
  expect([arms.length, combinations]).toEqual([9, 18]);
  for (const [one, other, pairs] of [
    ['load.route', 'load.batch', 6],
    ['load.route', 'server.workers', 6],
    ['load.batch', 'server.workers', 9],
  ] as const) {
    expect(new Set(arms.map(({ varied }) => `${varied[one]} ${varied[other]}`)).size).toBe(pairs);
  }
  const full = plan(THREE_AXES);
  expect([full.arms.length, full.combinations]).toEqual([18, 18]);
  const names = arms.map(({ name }) => name);
  expect(full.arms.map(({ name }) => name).filter((name) => names.includes(name))).toEqual(names);
});

test('an expectation about an arm that pairwise leaves out says so', () => {
  const run = plan(THREE_AXES, { sets: ['cover=pairwise'] }).arms.map(({ name }) => name);
  const left = plan(THREE_AXES).arms.find(({ name }) => !run.includes(name))?.name;
  expect(messageOf(`${THREE_AXES}cover: pairwise\nexpect: ['"${left}".lost == 0']\n`)).toContain(
    'scenarios/x.yaml:4:11: with cover: pairwise: expected one of the arms "push batch=1 workers=1"',
  );
});

test('too many combinations for a full cover may do for a pairwise one', () => {
  const values = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]';
  const matrix = `matrix: { load.batch: ${values}, server.workers: ${values}, load.partitions: ${values} }`;
  expect(messageOf(`question: Q\n${matrix}`)).toContain('1331 runs; vary fewer values, or take cover: pairwise');
  expect(plan(`question: Q\n${matrix}\ncover: pairwise`).arms.length).toBeLessThan(200);
  expect(messageOf(`question: Q\n${matrix}\ncover: pairwise\nrounds: 10`)).toContain('at most 1000 runs, got 121 arms');
});
