import { describe, expect, test } from 'vitest';
import { confirm, DEFAULT_RULE, decide, type GateRule } from './decision.ts';
import type { GateMetric, MetricSamples, PairedBlock } from './metric-samples.ts';

const SPEED: GateMetric = { name: 'throughput', unit: 'msg/s', better: 'higher', kind: 'speed' };
const COST: GateMetric = { name: 'walBytes', unit: 'bytes', better: 'lower', kind: 'cost' };
/** Block by block, in shares: sums to 0, also over the blocks of either lead; standard deviation 1 %. */
const NOISE = [0.008, 0.004, -0.01, 0.011, 0.002, -0.015] as const;

function rule(required: GateRule['required'] = [{ arm: 'push', metric: 'throughput' }]): GateRule {
  return { ...DEFAULT_RULE, required, minutesPerBlock: 0.5 };
}

function blocks(ratio: number, { count = 6, noise = 1 } = {}): readonly PairedBlock[] {
  return Array.from({ length: count }, (_, i) => ({
    lead: i % 2 === 0 ? 'base' : 'candidate',
    base: 1000,
    candidate: 1000 * ratio * Math.exp(noise * (NOISE[i % NOISE.length] ?? 0)),
  }));
}

function speed(ratio: number, options = {}): MetricSamples {
  return { arm: 'push', metric: SPEED, blocks: blocks(ratio, options) };
}

function cost(ratio: number, options = {}): MetricSamples {
  return { arm: 'push', metric: COST, blocks: blocks(ratio, options) };
}

const BOTH = [
  { arm: 'push', metric: 'throughput' },
  { arm: 'push', metric: 'walBytes' },
];

describe('a gate', () => {
  test('passes an unchanged speed, and says which loss is excluded', () => {
    const decision = decide([speed(1)], rule());
    expect(decision).toMatchObject({
      verdict: 'pass',
      needsConfirmation: false,
      nextLook: null,
      needsAboutBlocks: null,
    });
    expect(decision.reasons).toEqual([expect.stringMatching(/^push: throughput .* a loss of 10 % is excluded$/)]);
    const [metric] = decision.metrics;
    expect(metric?.ratio?.low).toBeLessThan(1);
    expect(metric?.ratio?.high).toBeGreaterThan(1);
    expect(metric?.interval95?.low).toBeGreaterThan(metric?.ratio?.low ?? 1);
  });

  test('passes a speed that rose', () => {
    expect(decide([speed(1.3)], rule()).verdict).toBe('pass');
  });

  test('suspects a loss, but fails nobody before a fresh round', () => {
    const decision = decide([speed(0.9)], rule());
    expect(decision).toMatchObject({ verdict: 'inconclusive', needsConfirmation: true, nextLook: null });
    expect(decision.confirmationBlocks).toBeGreaterThanOrEqual(DEFAULT_RULE.confirmationBlocks);
    expect(decision.metrics[0]?.verdict).toBe('fail');
    expect(decision.reasons[0]).toMatch(/^push: throughput 10 % lower .* a loss beyond the margin of 3 %$/);
  });

  test('suspects nothing that lost less than its margin, however certain', () => {
    expect(decide([speed(0.98, { noise: 0.01, count: 24 })], rule()).verdict).toBe('pass');
  });

  test('is inconclusive on noise, and says how many more blocks it needs and how long they take', () => {
    const decision = decide([speed(0.97, { noise: 8 })], rule());
    expect(decision).toMatchObject({ verdict: 'inconclusive', needsConfirmation: false, nextLook: 8 });
    const needs = decision.needsAboutBlocks ?? 0;
    expect(needs).toBeGreaterThan(4);
    expect(decision.reasons).toContain(`needs about ${needs} more blocks (${Math.ceil(needs / 2)} minutes)`);
    // What it asks for is enough: as many blocks of the same kind decide.
    const patient = { ...rule(), looks: [6, 6 + needs + (needs % 2)] };
    const later = decide([speed(0.97, { noise: 8, count: 6 + needs + (needs % 2) })], patient);
    expect(later.verdict).toBe('pass');
  });

  test('judges at a look by stricter levels than a single test would', () => {
    const single = { ...rule(), looks: [10] };
    const first = decide([speed(1, { count: 10 })], single).metrics[0]?.ratio;
    const third = decide([speed(1, { count: 10 })], { ...rule(), looks: [4, 7, 10] }).metrics[0]?.ratio;
    expect(third?.low).toBeLessThan(first?.low ?? 0);
    expect(third?.high).toBeGreaterThan(first?.high ?? 2);
  });

  test('shares its level among the metrics: the bound that fails moves out, the one that passes stays', () => {
    const alone = decide([speed(1)], rule()).metrics[0]?.ratio;
    const second = { ...speed(1), arm: 'pop' };
    const shared = decide([speed(1), second], rule()).metrics[0]?.ratio;
    expect(shared?.high).toBeGreaterThan(alone?.high ?? 2);
    expect(shared?.low).toBeCloseTo(alone?.low ?? 0, 12);
  });

  test('tells when the order of measuring matters', () => {
    const lopsided = blocks(1, { noise: 0.1 }).map((block) => ({
      ...block,
      candidate: block.candidate * (block.lead === 'base' ? 0.97 : 1.03),
    }));
    const { reasons } = decide([{ ...speed(1), blocks: lopsided }], rule());
    expect(reasons.join()).toMatch(
      /the order of measuring matters for throughput: candidate \/ base is 0\.97\d in blocks/,
    );
  });
});

describe('a cost', () => {
  test('that never varies is judged by its 2 %, exactly', () => {
    const still = { noise: 0 };
    expect(decide([cost(1, still)], rule([])).verdict).toBe('pass');
    expect(decide([cost(1.019, still)], rule([])).verdict).toBe('pass');
    expect(decide([cost(1.021, still)], rule([]))).toMatchObject({ needsConfirmation: true });
    expect(decide([cost(0.5, still)], rule([])).verdict).toBe('pass');
  });

  test('is held more tightly than a speed', () => {
    const decision = decide([speed(0.975, { noise: 0.1 }), cost(1.025, { noise: 0.1 })], rule(BOTH));
    expect(decision.metrics.map(({ metric, verdict }) => [metric.name, verdict])).toEqual([
      ['walBytes', 'fail'],
      ['throughput', 'pass'],
    ]);
  });
});

describe('a cost that varies by more than is tolerated', () => {
  test('is not waited for, and the reasons say so', () => {
    const decision = decide([speed(1), cost(1, { noise: 8 })], rule(BOTH));
    expect(decision.verdict).toBe('pass');
    expect(decision.metrics.map(({ metric, verdict }) => [metric.name, verdict])).toEqual([
      ['walBytes', 'inconclusive'],
      ['throughput', 'pass'],
    ]);
    expect(decision.reasons).toContainEqual(
      expect.stringMatching(/^push: walBytes varies by 8\.\d %.* does not wait for it$/),
    );
  });

  test('can fail nevertheless, and is then waited for in the fresh round', () => {
    const first = decide([speed(1), cost(2, { noise: 8 })], rule(BOTH));
    expect(first.needsConfirmation).toBe(true);
    expect(confirm(first, [speed(1), cost(2, { noise: 8 })], rule(BOTH)).verdict).toBe('fail');
    expect(confirm(first, [speed(1), cost(1, { noise: 8 })], rule(BOTH)).verdict).toBe('inconclusive');
  });

  test('does not pass alone', () => {
    expect(decide([cost(1, { noise: 8 })], rule([])).verdict).toBe('inconclusive');
  });

  test('is waited for while it varies less', () => {
    expect(decide([speed(1), cost(1.02, { noise: 4 })], rule(BOTH)).verdict).toBe('inconclusive');
  });
});

describe('never a pass', () => {
  test('of nothing', () => {
    expect(decide([], rule([]))).toMatchObject({ verdict: 'inconclusive', reasons: ['nothing was measured'] });
  });

  test('without a metric that was to be measured', () => {
    const decision = decide([speed(1)], rule(BOTH));
    expect(decision.verdict).toBe('inconclusive');
    expect(decision.reasons).toContain('push: walBytes was to be measured and is not there');
  });

  test.each([
    ['without blocks', []],
    ['with too few blocks', blocks(1, { count: 5 })],
    ['with a zero', blocks(1).map((block, i) => (i === 2 ? { ...block, candidate: 0 } : block))],
    ['with a value that is no number', blocks(1).map((block, i) => (i === 2 ? { ...block, base: Number.NaN } : block))],
  ])('of a metric %s', (_, bad) => {
    const decision = decide([{ ...speed(1), blocks: bad }, cost(1)], rule(BOTH));
    expect(decision).toMatchObject({ verdict: 'inconclusive', needsConfirmation: false });
    expect(decision.metrics[0]).toMatchObject({ verdict: 'inconclusive', ratio: null });
    expect(decision.reasons[0]).toMatch('push: throughput cannot be judged');
  });

  test('when one metric of several is open', () => {
    const decision = decide([speed(0.95, { noise: 8 }), cost(1)], rule(BOTH));
    expect(decision.verdict).toBe('inconclusive');
    expect(decision.metrics.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'pass']);
  });
});

describe('a confirmation', () => {
  const first = decide([speed(0.9)], rule());

  test('that finds the loss again fails', () => {
    const decision = confirm(first, [speed(0.91)], rule());
    expect(decision).toMatchObject({ verdict: 'fail', needsConfirmation: false });
    expect(decision.reasons[0]).toBe('a fresh round confirmed the loss that the first one found');
    expect(decision.reasons.join('\n')).toMatch(/first round: .* 10 % lower[\s\S]*fresh round: .* 9 % lower/);
  });

  test('that finds no loss passes, by its own blocks alone', () => {
    expect(confirm(first, [speed(1)], rule()).verdict).toBe('pass');
  });

  test('that cannot tell is inconclusive', () => {
    expect(confirm(first, [speed(0.93, { noise: 14 })], rule()).verdict).toBe('inconclusive');
  });

  test.each([
    ['too few blocks', [speed(0.9, { count: 2 })]],
    ['no samples', []],
  ])('with %s confirms nothing and passes nothing', (_, fresh) => {
    expect(confirm(first, fresh, rule()).verdict).toBe('inconclusive');
  });

  test('does not fail what was not under suspicion', () => {
    const both = decide([speed(0.9), cost(1)], rule(BOTH));
    const decision = confirm(both, [speed(1), cost(1.2)], rule(BOTH));
    expect(decision.verdict).toBe('inconclusive');
  });

  test('fails for one of two suspicions', () => {
    const both = decide([speed(0.9), cost(1.2)], rule(BOTH));
    expect(confirm(both, [speed(1), cost(1.2)], rule(BOTH)).verdict).toBe('fail');
  });

  test('is given more blocks when the machine is noisy', () => {
    const noisy = decide([speed(0.9, { noise: 11, count: 16 })], rule());
    expect(noisy.needsConfirmation).toBe(true);
    expect(noisy.confirmationBlocks).toBeGreaterThan(first.confirmationBlocks);
    expect(noisy.confirmationBlocks % 2).toBe(0);
  });

  test('of no suspicion is a mistake', () => {
    expect(() => confirm(decide([speed(1)], rule()), [speed(1)], rule())).toThrow('there is no suspicion to confirm');
  });
});

describe('a mistake of the caller', () => {
  test.each([
    ['margin', { margin: 0.2 }],
    ['costMargin', { costMargin: 0.06 }],
    ['looks', { looks: [6, 6] }],
    ['looks', { looks: [] }],
    ['falseAlarm', { falseAlarm: 0 }],
    ['falseAlarm', { falseAlarm: 0.15 }],
    ['confirmationBlocks', { confirmationBlocks: 2 }],
  ])('in the rule is named: %s', (name, wrong) => {
    expect(() => decide([speed(1)], { ...rule(), ...wrong })).toThrow(new RegExp(`^${name}`));
  });

  test('a metric that is there twice, and a look after the last one, are refused', () => {
    expect(() => decide([speed(1), speed(1)], rule())).toThrow('push: throughput was handed over twice');
    expect(() => decide([speed(1, { count: 26 })], rule())).toThrow('26 blocks, but the last look is at 24');
  });
});
