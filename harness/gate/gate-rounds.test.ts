import { expect, test } from 'vitest';
import { sampleBlock } from '../test/sample-block.ts';
import { DEFAULT_RULE, type GateDecision } from './decision.ts';
import { type NoBlock, type RoundsOrder, runRounds } from './gate-rounds.ts';
import type { Block } from './run-block.ts';

/** Ratios of blocks that wander a little round the true one, so that there is a spread to judge by. */
const WANDER = [1.004, 0.997, 1.002, 0.996, 1.001, 0.999];

class Machine {
  readonly rounds: Block['round'][] = [];
  readonly looks: [number, GateDecision['verdict']][] = [];
  readonly #next: (number: number, round: Block['round']) => Block | NoBlock;

  constructor(next: (number: number, round: Block['round']) => Block | NoBlock) {
    this.#next = next;
  }

  order(limitMs = 600_000): RoundsOrder {
    return {
      rule: DEFAULT_RULE,
      limitMs,
      measure: async (round) => {
        this.rounds.push(round);
        return this.#next(this.rounds.length, round);
      },
      elapsedMs: () => this.rounds.length * 20_000,
      onDecision: ({ verdict }, blocks) => this.looks.push([blocks, verdict]),
    };
  }
}

const like = (ratio: number) => (number: number, round: Block['round']) =>
  sampleBlock({ number, round, ratio: ratio * (WANDER[number % WANDER.length] ?? 1) });

test('equal versions pass at the first look, and no further block is run', async () => {
  const machine = new Machine(like(1));
  const rounds = await runRounds(machine.order());
  expect(rounds.decision?.verdict).toBe('pass');
  expect(rounds.blocks).toHaveLength(DEFAULT_RULE.looks[0] ?? 0);
  expect(machine.looks).toEqual([[6, 'pass']]);
});

test('a loss fails only after a round of fresh blocks, which is judged by itself', async () => {
  const machine = new Machine(like(0.8));
  const rounds = await runRounds(machine.order());
  expect(rounds.decision?.verdict).toBe('fail');
  expect(machine.looks.map(([, verdict]) => verdict)).toEqual(['inconclusive', 'fail']);
  expect(machine.rounds.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'first'));
  expect(new Set(machine.rounds.slice(6))).toEqual(new Set(['confirmation']));
});

test('a loss that fresh blocks do not show is none', async () => {
  const machine = new Machine((number, round) => like(round === 'first' ? 0.8 : 1)(number, round));
  expect((await runRounds(machine.order())).decision?.verdict).toBe('pass');
});

test('when the time is up it is judged once, and too few blocks are no pass', async () => {
  const machine = new Machine(like(1));
  const rounds = await runRounds(machine.order(70_000));
  expect(rounds.blocks).toHaveLength(3);
  expect(rounds.decision?.verdict).toBe('inconclusive');
  expect(machine.looks).toEqual([[3, 'inconclusive']]);
});

test('a suspicion is confirmed although the time is up', async () => {
  const machine = new Machine(like(0.8));
  const rounds = await runRounds(machine.order(121_000));
  expect(rounds.decision?.verdict).toBe('fail');
  expect(rounds.blocks.filter(({ round }) => round === 'confirmation').length).toBeGreaterThanOrEqual(
    DEFAULT_RULE.confirmationBlocks,
  );
});

test.each(['invalid', 'unknown'] as const)(
  'a block whose proof is %s ends it at once, without a decision',
  async (verdict) => {
    const machine = new Machine((number, round) =>
      sampleBlock({ number, round, verdict: number === 2 ? verdict : 'valid' }),
    );
    const rounds = await runRounds(machine.order());
    expect(rounds.unproved?.number).toBe(2);
    expect(rounds.decision).toBeUndefined();
    expect(machine.rounds).toHaveLength(2);
  },
);

test('a proof that fails in the confirmation takes the suspicion back with it', async () => {
  const machine = new Machine((number, round) =>
    round === 'first' ? like(0.8)(number, round) : sampleBlock({ number, round, verdict: 'invalid' }),
  );
  const rounds = await runRounds(machine.order());
  expect(rounds.unproved?.round).toBe('confirmation');
  expect(rounds.decision).toBeUndefined();
});

test('without further blocks what is there is judged, and the reason is kept', async () => {
  const machine = new Machine((number, round) =>
    number > 4 ? { stopped: 'the machine is tired' } : like(1)(number, round),
  );
  const rounds = await runRounds(machine.order());
  expect(rounds.stopped).toBe('the machine is tired');
  expect(rounds.blocks).toHaveLength(4);
  expect(rounds.decision?.verdict).toBe('inconclusive');
});
