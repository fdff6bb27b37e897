import { sampleStandardDeviation } from 'simple-statistics';
import { describe, expect, test, vi } from 'vitest';
import { DEFAULT_RULE, type GateRule } from './decision.ts';
import { RECORDED_NOISE, SimulatedMachine } from './simulated-blocks.ts';
import { simulateGates } from './simulation.ts';
import { smallestChange } from './smallest-change.ts';

/** 16 blocks at most before confirmation: about five minutes. */
const IN_16_BLOCKS = { ...DEFAULT_RULE, looks: DEFAULT_RULE.looks.filter((look) => look <= 16) };
const SEED = 2026;
/** A second of CPU time each at most, but on a machine that may be busy. */
vi.setConfig({ testTimeout: 30_000 });

type Changes = Partial<Parameters<typeof simulateGates>[0]>;

function failedShare(noise: keyof typeof RECORDED_NOISE, change: number, gates: number, more: Changes = {}): number {
  const order = { rule: IN_16_BLOCKS, noise: RECORDED_NOISE[noise], change, gates, seed: SEED, ...more };
  return simulateGates(order).failed / gates;
}

describe('simulated blocks', () => {
  test.each(Object.entries(RECORDED_NOISE))('of the %s machine have the recorded standard deviation', (_, noise) => {
    const blocks = new SimulatedMachine(noise, SEED).blocks(20_000, 0);
    const sd = sampleStandardDeviation(blocks.map(({ base, candidate }) => Math.log(candidate / base)));
    expect(Math.abs(sd / noise.blockSd - 1)).toBeLessThan(0.03);
  });

  test('drift: the level of a block is like that of the one before', () => {
    const levels = new SimulatedMachine(RECORDED_NOISE.quiet, SEED).blocks(5000, 0).map(({ base }) => Math.log(base));
    const [a, b] = [levels.slice(1), levels.slice(0, -1)];
    const centre = levels.reduce((sum, level) => sum + level, 0) / levels.length;
    const product = a.reduce((sum, level, i) => sum + (level - centre) * ((b[i] ?? 0) - centre), 0);
    expect(product / levels.reduce((sum, level) => sum + (level - centre) ** 2, 0)).toBeGreaterThan(0.3);
  });

  test('are the same for the same seed, and slower by the change', () => {
    const one = new SimulatedMachine(RECORDED_NOISE.busy, 5).blocks(4, 0);
    const same = new SimulatedMachine(RECORDED_NOISE.busy, 5).blocks(4, -0.1);
    for (const [i, { base, candidate }] of same.entries()) {
      expect(base).toBe(one[i]?.base);
      expect(candidate / (one[i]?.candidate ?? 0)).toBeCloseTo(0.9, 10);
    }
  });

  test('cannot vary less than their processes and their drift', () => {
    expect(() => new SimulatedMachine({ ...RECORDED_NOISE.quiet, blockSd: 0.02 }, 1)).toThrow(RangeError);
  });
});

// The error rates of the whole rule, with looks and confirmation, on thousands of simulated gates. The seed is fixed, so a
// figure changes only when the rule does.
describe('false alarms', () => {
  test.each(['quiet', 'busy'] as const)('%s machine: of equal versions they are at most 0.5 %', (noise) => {
    expect(failedShare(noise, 0, 2000)).toBeLessThanOrEqual(0.005);
    expect(failedShare(noise, 0, 500, { unchanged: 4 })).toBeLessThanOrEqual(0.005);
  });

  test.each(['quiet', 'busy'] as const)('%s machine: they stay at most 0.5 % when it prefers base by 2 %', (noise) => {
    expect(failedShare(noise, -0.02, 2000)).toBeLessThanOrEqual(0.005);
  });

  test.each(['quiet', 'busy'] as const)(
    '%s machine: of a loss of exactly the margin they are what the rule grants',
    (noise) => {
      const failed = failedShare(noise, -0.03, 2500, { rule: DEFAULT_RULE });
      // 2 % granted; three standard errors of 2,500 gates are 0.8 %.
      expect(failed).toBeLessThanOrEqual(DEFAULT_RULE.falseAlarm + 0.008);
      // The rule does not waste what it is granted either.
      expect(failed).toBeGreaterThan(0);
    },
  );
});

describe('power, in 16 blocks before confirmation', () => {
  test('at −8 % is at least 80 % on the quiet machine, and 65 % of a metric that shares the level with five', () => {
    expect(failedShare('quiet', -0.08, 1000)).toBeGreaterThanOrEqual(0.8);
    expect(failedShare('quiet', -0.08, 500, { unchanged: 5 })).toBeGreaterThanOrEqual(0.65);
  });

  test('at −10 % is at least 95 % on the quiet machine and 85 % on the busy one', () => {
    expect(failedShare('quiet', -0.1, 1000)).toBeGreaterThanOrEqual(0.95);
    expect(failedShare('busy', -0.1, 1000)).toBeGreaterThanOrEqual(0.85);
  });

  test('at −20 % is all but certain, in a dozen blocks', () => {
    for (const noise of [RECORDED_NOISE.quiet, RECORDED_NOISE.busy]) {
      const { failed, gates, meanBlocks } = simulateGates({
        ...{ rule: IN_16_BLOCKS, noise, change: -0.2, gates: 1000, seed: SEED },
      });
      expect(failed / gates).toBeGreaterThanOrEqual(0.995);
      expect(meanBlocks).toBeLessThan(14);
    }
  });
});

describe('passes', () => {
  test('are what equal versions get, soon', () => {
    const order = { rule: IN_16_BLOCKS, noise: RECORDED_NOISE.busy, change: 0, gates: 1000, seed: SEED };
    const { passed, gates, meanBlocks } = simulateGates(order);
    expect(passed / gates).toBeGreaterThan(0.98);
    expect(meanBlocks).toBeLessThan(10);
  });

  test.each(['quiet', 'busy'] as const)(
    'of a loss as large as is tolerated are as rare as the rule says, %s',
    (noise) => {
      const order = { rule: DEFAULT_RULE, noise: RECORDED_NOISE[noise], change: -0.1, gates: 3000, seed: SEED };
      // 2 % granted; three standard errors of 3,000 gates are 0.8 %.
      const { passed, gates } = simulateGates(order);
      expect(passed / gates).toBeLessThanOrEqual(DEFAULT_RULE.missedLoss + 0.009);
    },
  );
});

describe('the smallest change', () => {
  const plan = (blockSd: number, rule: Omit<GateRule, 'required' | 'minutesPerBlock'> = IN_16_BLOCKS) => ({
    rule,
    metric: { better: 'higher', kind: 'speed' } as const,
    blockSd,
    blocks: 16,
    confirmationBlocks: 8,
    share: 1,
  });

  test.each([0.056, 0.075])('%d block sd: it is failed by about 80 % of simulated gates', (blockSd) => {
    const change = smallestChange(plan(blockSd)) ?? 0;
    // Passes are put out of the way: a gate may tolerate what it can see.
    const rule = { ...IN_16_BLOCKS, missedLoss: 0.0001 };
    const noise = { ...RECORDED_NOISE.quiet, blockSd };
    const { failed, gates } = simulateGates({ rule, noise, change: -change, gates: 1000, seed: SEED });
    expect(Math.abs(failed / gates - 0.8)).toBeLessThan(0.1);
  });

  test('grows with noise and with the number of metrics, and shrinks with blocks', () => {
    const change = smallestChange(plan(0.056)) ?? 0;
    expect(smallestChange(plan(0.075))).toBeGreaterThan(change);
    expect(smallestChange({ ...plan(0.056), share: 0.2 })).toBeGreaterThan(change);
    expect(smallestChange({ ...plan(0.056), blocks: 10 })).toBeGreaterThan(change);
  });

  test('of what never varies is the margin, and of what varies wildly none', () => {
    expect(smallestChange(plan(0))).toBeCloseTo(0.03, 6);
    expect(smallestChange(plan(20))).toBeNull();
  });
});
