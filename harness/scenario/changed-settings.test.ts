import { expect, test } from 'vitest';
import { changedSettings } from './changed-settings.ts';
import { planScenario } from './plan-scenario.ts';

function changed(data: object) {
  const text = JSON.stringify({ question: 'Q', ...data });
  const { scenario } = planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false });
  return changedSettings(scenario);
}

test('a scenario that says nothing but its question changes nothing', () => {
  expect(changed({})).toEqual([]);
});

test('what is written and differs is told with its default; what repeats the default is not', () => {
  expect(changed({ server: { workers: 4, poolSize: 80 }, rounds: 3, expect: ['lost == 0'] })).toEqual([
    { key: 'server.workers', values: [4], isVaried: false, default: 2 },
    { key: 'rounds', values: [3], isVaried: false, default: 1 },
    { key: 'expect', values: [['lost == 0']], isVaried: false, default: [] },
  ]);
});

test('what the matrix varies is told with all its values, maps taken apart', () => {
  const load = [
    { route: 'push', closed: { connections: 16 } },
    { route: 'push-legacy', closed: { connections: 16 } },
  ];
  expect(changed({ matrix: { 'server.workers': [1, 2], load } })).toEqual([
    { key: 'server.workers', values: [1, 2], isVaried: true, default: 2 },
    { key: 'load.route', values: ['push', 'push-legacy'], isVaried: true, default: 'push' },
    expect.objectContaining({ key: 'load.closed.connections', values: [16], isVaried: true }),
  ]);
});

test('settings of PostgreSQL have no default, and no password is told', () => {
  const postgres = { provider: 'postgres://me:secret@127.0.0.1:5432/db', settings: { synchronous_commit: 'off' } };
  const settings = changed({ postgres });
  expect(settings).toContainEqual({
    key: 'postgres.settings.synchronous_commit',
    values: ['off'],
    isVaried: false,
    default: null,
  });
  expect(JSON.stringify(settings)).not.toContain('secret');
});
