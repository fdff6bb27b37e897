import { formatInterval, formatRatio } from './figure-format.ts';
import type { ArmResult, Result } from './result.ts';

export interface RatioTitle {
  /** `push / push-legacy`. */
  readonly pair: string;
  /** What the two arms have in common, `batch=100`; empty when nothing. */
  readonly context: string;
}

/**
 * Names a ratio briefly. Arm names are words that hold for the arm (`push batch=100`); words that both arms carry are told
 * once, as the context of the comparison.
 */
export function titleOfRatio({ numerator, denominator }: Result['ratios'][number]): RatioTitle {
  const above = numerator.split(' ');
  const below = denominator.split(' ');
  const common = above.filter((word) => below.includes(word));
  const ownAbove = above.filter((word) => !common.includes(word));
  const ownBelow = below.filter((word) => !common.includes(word));
  if (ownAbove.length === 0 || ownBelow.length === 0) return { pair: `${numerator} / ${denominator}`, context: '' };
  return { pair: `${ownAbove.join(' ')} / ${ownBelow.join(' ')}`, context: common.join(' ') };
}

/** The interval of a ratio; undefined for one round, whose noise is not known. */
export function intervalOfRatio(ratio: Result['ratios'][number], arms: readonly ArmResult[]): string | undefined {
  const rounds = arms.find(({ name }) => name === ratio.numerator)?.rounds;
  return rounds === 1 ? undefined : formatInterval(ratio, formatRatio);
}
