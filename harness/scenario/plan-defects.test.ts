import { expect, test } from 'vitest';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { planDefects } from './plan-defects.ts';

const FILE = 'scenarios/x.yaml';

function plan(entries: readonly string[], options: { sets?: readonly string[]; only?: readonly string[] } = {}) {
  const text = `question: Q\ndefects:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  return planDefects({ name: 'x', file: FILE, text }, { sets: [], ...options });
}

function messageOf(entries: readonly string[], options: { only?: readonly string[] } = {}): string {
  try {
    plan(entries, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    expect(error.exitCode).toBe(EXIT_CODE.usage);
    return error.message;
  }
  return 'no error';
}

const EMPTY = '{ defect: empty-status, scenario: seed-validation, caughtBy: statuses }';
const SWAPPED = '{ defect: reply-slots-swapped, scenario: seed-validation, caughtBy: statuses }';
const LARGER =
  '{ defect: extra-connections, scenario: seed-validation, caughtBy: connections, set: { server.poolSize: 40 } }';
const JOINED = '{ defect: joined-group-key, behaviour: names-colon }';

test('the good server is tried first, once under every workload; then each defect', () => {
  const { trials } = plan([EMPTY, SWAPPED, LARGER, JOINED]);
  expect(trials.map(({ defect, workload, caughtBy }) => [defect, workload.title, caughtBy])).toEqual([
    ['none', 'seed-validation', undefined],
    ['none', 'seed-validation server.poolSize=40', undefined],
    ['none', 'conformance, 1 of its behaviours', undefined],
    ['empty-status', 'seed-validation', 'statuses'],
    ['reply-slots-swapped', 'seed-validation', 'statuses'],
    ['extra-connections', 'seed-validation server.poolSize=40', 'connections'],
    ['joined-group-key', 'conformance', 'names-colon'],
  ]);
});

test('a scenario runs in its quick form, one round, with the defect, what the entry sets and what --set says', () => {
  const { trials } = plan([LARGER], { sets: ['load.batch=7'] });
  const arms = trials.map(({ workload }) => (workload.kind === 'scenario' ? workload.plan.arms[0] : undefined));
  expect(arms.map((arm) => arm?.server)).toMatchObject([
    { defect: 'none', poolSize: 40 },
    { defect: 'extra-connections', poolSize: 40 },
  ]);
  expect(arms.map((arm) => arm?.load.batch)).toEqual([7, 7]);
});

test('every server under a load is judged by all checks that are meant for a defect under it', () => {
  const redelivery = '{ defect: ack-forgotten, scenario: seed-validation, caughtBy: redelivery }';
  const checks = plan([EMPTY, redelivery, LARGER], { sets: ['checks=[accounting]'] }).trials.map(({ workload }) =>
    workload.kind === 'scenario' ? workload.plan.scenario.checks.includes('redelivery') : undefined,
  );
  expect(checks).toEqual([true, false, true, true, false]);
});

test('--only takes these defects and the workloads they need', () => {
  const { trials } = plan([EMPTY, LARGER, JOINED], { only: ['joined-group-key'] });
  expect(trials.map(({ defect }) => defect)).toEqual(['none', 'joined-group-key']);
});

test.each([
  [
    ['{ defect: empty-stats, behaviour: names-colon }'],
    `${FILE}:3:15: defects[0].defect: unknown defect "empty-stats"; did you mean "empty-status"?`,
  ],
  [
    ['{ defect: empty-status, scenario: smoek, caughtBy: statuses }'],
    'unknown scenario "smoek"; did you mean "smoke"?',
  ],
  [['{ defect: empty-status, scenario: smoke, caughtBy: status }'], 'did you mean "statuses"?'],
  [['{ defect: empty-status, scenario: smoke }'], 'expected scenario and caughtBy, or behaviour, got neither'],
  [
    ['{ defect: empty-status, behaviour: names-colons }'],
    'unknown behaviour "names-colons"; did you mean "names-colon"?',
  ],
  [['{ defect: empty-status, behaviour: names-colon, caughtBy: statuses }'], 'expected a behaviour alone'],
  [['{ defect: empty-status, scenaro: smoke }'], 'did you mean "scenario"?'],
  [
    [EMPTY.replace(' }', ', set: { load.batch: many } }')],
    `${FILE}:3:95: defects[0].set.load.batch: expected a whole number`,
  ],
  [[EMPTY.replace(' }', ', set: { load.bacht: 5 } }')], 'did you mean "load.batch"?'],
  [[EMPTY, EMPTY], `${FILE}:4:15: defects[1].defect: expected every defect once, got "empty-status" a second time`],
])('refuses %j', (entries, message) => {
  expect(messageOf(entries)).toContain(message);
});

test('what a scenario does not bear is told with the place of the entry', () => {
  const set = 'set: { server.poolMode: unified, load.route: push-legacy }';
  const message = messageOf([EMPTY.replace(' }', `, ${set} }`)]);
  expect(message).toContain(`${FILE}:3:5: scenario seed-validation as it is set here:`);
  expect(message).toContain('expected load.route push with server.poolMode unified');
});

test('--only with a name that is not in the file is refused', () => {
  expect(messageOf([EMPTY], { only: ['empty-statu'] })).toBe(
    '--only: unknown defect "empty-statu"; did you mean "empty-status"?',
  );
});
