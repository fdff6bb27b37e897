import type { Block } from '../gate/run-block.ts';
import type { Slice } from '../gate/slice.ts';
import { SIDES } from '../gate/slice-order.ts';

interface SampleBlock {
  readonly number: number;
  readonly round?: Block['round'];
  readonly lead?: Block['lead'];
  /** Of the candidate's speed to that of the base. */
  readonly ratio?: number;
  readonly verdict?: 'valid' | 'invalid' | 'unknown';
  readonly slice?: Partial<Slice>;
}

/** A block of one arm with one slice a side: the base pushes 1000 messages in a second and spends 10 µs on each. */
export function sampleBlock({
  number,
  round = 'first',
  lead = number % 2 === 0 ? 'base' : 'candidate',
  ratio = 1,
  verdict = 'valid',
  slice = {},
}: SampleBlock): Block {
  return {
    ...{ number, round, lead, durationMs: 20_000 },
    slices: SIDES.map((side): Slice => {
      const messages = side === 'base' ? 1000 : 1000 * ratio;
      return {
        ...{ arm: 'push', side, kind: 'push', messages, windowUs: 1_000_000 },
        ...{ generatorCpuUs: 300_000, generatorEventLoop: 0.4, spentMessages: messages },
        spent: {
          ...{ serverCpuUs: 10_000, serverLoopCpuUs: undefined, postgresCpuUs: undefined, statements: undefined },
          ...{ writeTransactions: undefined, walBytes: undefined },
        },
        ...slice,
      };
    }),
    proofs: SIDES.map((side) => ({
      side,
      verdict: side === 'base' ? 'valid' : verdict,
      checks: [
        {
          name: 'accounting',
          verdict: side === 'base' ? 'valid' : verdict,
          summary: 'one is lost',
          counts: {},
          witness: ['m1'],
        },
      ],
    })),
  };
}
