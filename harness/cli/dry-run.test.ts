import { expect, test } from 'vitest';
import { loadScenario } from '../scenario/load-scenario.ts';
import { scenarioNames } from '../scenario/scenario-file.ts';
import { renderPlan } from './dry-run.ts';
import { textWidth } from './text-width.ts';

const options = { width: 100, isTarget: false };

function planned(name: string, ...sets: readonly string[]): string {
  return renderPlan(loadScenario(name, { sets, quick: false }), options);
}

test('what each arm asks of the database is told with what it has', () => {
  const text = planned('connection-budget');
  expect(text).toContain('database connections: 97 for the server (max_connections 100 − 3 reserved)');
  expect(text).toMatch(/^ {2}poolSize=80 +80 +45 async \+ 31 regular = +76 {2}of 97, 21 left$/m);
  expect(text).toMatch(/^ {2}poolSize=150 +150 +85 async \+ 57 regular = +142 {2}✗ refused$/m);
  expect(text).toContain(
    '✗ the server of poolSize=150 will refuse to start: 45 too many; poolSize 103 is the most that fits',
  );
});

test('settings of PostgreSQL change what there is; an unknown max_connections is called that', () => {
  expect(planned('smoke', 'postgres.settings.superuser_reserved_connections="30"')).toMatch(
    /70 for the server .*✗ refused/s,
  );
  expect(planned('smoke', 'postgres.maxConnections=any')).toContain('whatever the server behind the URL has');
});

test('of a target that runs already nothing is predicted', () => {
  const plan = loadScenario('smoke', { sets: [], quick: false });
  expect(renderPlan(plan, { ...options, isTarget: true })).not.toContain('database connections');
});

test('rounds run forwards and backwards; more than two are not written out', () => {
  const text = planned('smoke', 'rounds=4');
  expect(text).toContain('round 1: push · push-legacy\n  round 2: push-legacy · push\n  and so on in turn, to round 4');
  expect(text).toMatch(/\n8 runs, about [\d.]+ s$/);
});

test('arms that are measured in slices run side by side, and share the connections', () => {
  const text = planned('smoke', 'slices=4', 'server.poolSize=20');
  expect(text).toContain('in every round all arms side by side, measured in turns, each in 4 slices');
  expect(text).toContain('together 38: in slices all run at once');
});

test.each(scenarioNames().filter((name) => name !== 'defects'))('the plan of %s fits 80 columns', (name) => {
  const plan = loadScenario(name, { sets: [], quick: false });
  const lines = renderPlan(plan, { ...options, width: 80 }).split('\n');
  expect(lines.filter((line) => textWidth(line) > 80)).toEqual([]);
});
