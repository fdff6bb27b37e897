import { expect, test } from 'vitest';
import { listScenarios } from '../scenario/list-scenarios.ts';
import { renderScenarioList } from './scenario-list.ts';
import { textWidth } from './text-width.ts';

const scenarios = listScenarios();

test('each scenario has its two times and its question, under each other', () => {
  const text = renderScenarioList(scenarios, 100);
  expect(text).toMatch(/^smoke +16\.9 s +13\.8 s {2}Does everything work here/m);
  expect(text).toMatch(/^defects +\d+ min \d+ s +– {2}Is every known defect/m);
  const starts = text.split('\n').flatMap((line) => (/^\S+ .* {2}[A-Z]/.test(line) ? [line.search(/ {2}[A-Z]/)] : []));
  expect(new Set(starts).size).toBe(1);
  expect(starts).toHaveLength(scenarios.length);
});

test.each([72, 80, 100, 240])('of %i columns it takes no more, nor more than 100', (width) => {
  const hostile = [
    ...scenarios,
    { ...scenarios[0], name: 'x'.repeat(50), question: 'q'.repeat(300) } as (typeof scenarios)[0],
  ];
  for (const list of [scenarios, hostile]) {
    const lines = renderScenarioList(list, width).split('\n');
    const room = list === hostile ? 100 : Math.min(width, 100);
    expect(lines.filter((line) => textWidth(line) > room)).toEqual([]);
  }
});
