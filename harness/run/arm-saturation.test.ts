import { expect, test } from 'vitest';
import type { SaturationStep } from '../load/load-outcome.ts';
import { encodeHistogram, newLatencyHistogram, recordLatency } from '../measure/latency.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import { armSaturation } from './arm-saturation.ts';

function histogram(latencyUs: number): string {
  const filled = newLatencyHistogram();
  recordLatency(filled, latencyUs);
  return encodeHistogram(filled);
}

function step(
  phase: SaturationStep['phase'],
  offeredPerS: number,
  isSustained: boolean,
  share?: number,
): SaturationStep {
  return {
    ...{ phase, share, offeredPerS, achievedPerS: offeredPerS, isSustained },
    reasons: isSustained ? [] : ['too much'],
    latencyHistogram: histogram(offeredPerS),
    sendLagHistogram: histogram(10),
  };
}

/** An arm whose rounds found these capacities; undefined: none. */
function saturationOf(capacities: readonly (number | undefined)[], isLowerBound = false) {
  const text = JSON.stringify({
    question: 'Q',
    load: { model: 'saturation', batch: 10, saturation: { levels: [1, 0.5] } },
    rounds: capacities.length,
  });
  const { runs } = planScenario({ name: 'x', file: 'x.yaml', text }, { sets: [], quick: false });
  const records = runs.map((planned, index) => {
    const capacityPerS = capacities[index];
    const found =
      capacityPerS === undefined
        ? [step('hold', 90, false)]
        : [
            step('hold', 2 * capacityPerS, false),
            step('hold', capacityPerS, true),
            step('level', capacityPerS / 2, true, 0.5),
          ];
    return { planned, saturation: { capacityPerS, isLowerBound, steps: [step('search', 100, true), ...found] } };
  });
  const [first] = records;
  if (first === undefined) throw new Error('there must be a round');
  return armSaturation(first.planned.arm, records, 1);
}

test('capacity is the median of the rounds, and its level is the hold that held', () => {
  const saturation = saturationOf([400, 420, 410]);
  expect(saturation?.capacityPerS).toEqual({ median: 410, low: 400, high: 420 });
  expect(saturation?.capacityMsgPerS?.median).toBe(4_100);
  expect(
    saturation?.levels.map(({ share, offeredPerS, sustainedRounds }) => [share, offeredPerS, sustainedRounds]),
  ).toEqual([
    [0.5, 205, 3],
    [1, 410, 3],
  ]);
  expect(saturation?.levels[1]?.latencyUs?.max).toBe(420);
  expect(saturation?.steps.map(({ round, phase, verdict }) => `${round} ${phase} ${verdict}`).slice(0, 4)).toEqual([
    '1 search sustained',
    '1 hold unsustained',
    '1 hold sustained',
    '1 level sustained',
  ]);
});

test('a round without a capacity leaves the arm without one, and without levels', () => {
  const saturation = saturationOf([400, undefined]);
  expect(saturation).toMatchObject({
    capacityPerS: null,
    capacityMsgPerS: null,
    capacityByRound: [400, null],
    levels: [],
  });
});

test('one round in which the generator was the limit makes a lower bound', () => {
  expect(saturationOf([400, 410], true)?.isLowerBound).toBe(true);
});
