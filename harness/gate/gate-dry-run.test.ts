import { expect, test } from 'vitest';
import { loadScenario } from '../scenario/load-scenario.ts';
import { renderGatePlan } from './gate-dry-run.ts';
import { ruleOf } from './gate-options.ts';
import { planGate } from './gate-plan.ts';

const scenario = loadScenario('regression', { sets: ['load.duration=1s'], quick: false });
const foretold = { plan: planGate(scenario, undefined), rule: ruleOf({ margin: 0.04 }), minutes: 2 };

test('a gate in blocks tells its arms with what follows them, when it looks, and what it fails', () => {
  const lines = renderGatePlan({ ...foretold, mode: 'against', compared: 'this against that' }).split('\n');
  expect(lines[0]).toBe('gate: this against that, through regression');
  expect(lines).toContain(
    '  batch=1: push, 64 connections × batch 1, warmed 400 ms, measured 1.0 s a side in 4 slices',
  );
  expect(lines).toContain('  pop/ack: what was pushed, popped and acknowledged');
  expect(lines.at(-2)).toMatch(/^blocks for 2 min 0 s, judged after 6, 8, 12, 16, 24 of them/);
  expect(lines.at(-1)).toMatch(/more than 4 % lower for certain; passes when a loss of 10 % is excluded$/);
});

test('against a baseline there are runs and no blocks', () => {
  const text = renderGatePlan({ ...foretold, mode: 'baseline', compared: 'a run against the baseline main' });
  expect(text).toContain('runs of the whole scenario for 2 min 0 s');
  expect(text).not.toMatch(/slices|blocks|pop\/ack/);
});
