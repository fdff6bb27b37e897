import { normalQuantile, normalTail } from '../measure/distributions.ts';

/**
 * One-sided nominal levels of a group-sequential test: the p below which each look may reject, so that all looks together
 * reject a true hypothesis with probability `level`.
 *
 * The level is spent as α(t) = α · ln(1 + (e − 1)t), with t the share of the blocks of the last look that are there: the
 * Pocock type of Lan and DeMets (Biometrika 70, 1983). It spends early, because blocks cost minutes and a loss that is
 * worth a failed build is seen in the first few. The bounds follow from the spending by the recursive integration of Armitage,
 * McPherson and Rowe (JRSS A 132, 1969), for a mean of known variance; the nominal levels are then used with Student's t
 * (Jennison and Turnbull, Group Sequential Methods, 2000, §4.4), which the simulation in the tests holds to its word.
 *
 * @param looks numbers of blocks, ascending; the one that is looked at last may be below `most`.
 * @param most blocks of the last look there could be.
 */
export function spendLevels(looks: readonly number[], most: number, level: number): readonly number[] {
  const key = `${looks.join(' ')}/${most}/${level}`;
  const known = computed.get(key);
  if (known !== undefined) return known;
  const levels = computeLevels(looks, most, level);
  computed.set(key, levels);
  return levels;
}

/** Thousands of simulated gates ask for the same few. */
const computed = new Map<string, readonly number[]>();

/** Intervals of the grid over which densities are integrated (even, for Simpson's rule): errors stay below 1e-6. */
const GRID = 400;
/** Below −8 standard deviations there is nothing left to integrate. */
const REACH = 8;

/** The density of the sum of `blocks` blocks in gates that have not stopped, on a grid with Simpson's weights. */
interface Surviving {
  readonly blocks: number;
  readonly sums: Float64Array;
  readonly weighted: Float64Array;
}

function computeLevels(looks: readonly number[], most: number, level: number): readonly number[] {
  const levels: number[] = [];
  let surviving: Surviving = { blocks: 0, sums: Float64Array.of(0), weighted: Float64Array.of(1) };
  let spent = 0;
  for (const blocks of looks) {
    const toSpend = level * Math.log(1 + (Math.E - 1) * (blocks / most)) - spent;
    const bound = boundThatRejects(toSpend, surviving, blocks);
    levels.push(normalTail(bound / Math.sqrt(blocks)));
    surviving = survive(surviving, blocks, bound);
    spent += toSpend;
  }
  return levels;
}

/** The sum above which a share `toSpend` of all gates is rejected at this look; by bisection, the share falls with the sum. */
function boundThatRejects(toSpend: number, before: Surviving, blocks: number): number {
  const spread = Math.sqrt(blocks - before.blocks);
  const rejected = (bound: number) =>
    before.weighted.reduce((sum, weight, i) => sum + weight * normalTail((bound - (before.sums[i] ?? 0)) / spread), 0);
  // All of the level at once would be rejected lower down, at this quantile.
  let low = Math.min(0, normalQuantile(1 - toSpend)) * Math.sqrt(blocks);
  let high = (REACH + 2) * Math.sqrt(blocks);
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (rejected(middle) > toSpend) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function survive(before: Surviving, blocks: number, bound: number): Surviving {
  const variance = blocks - before.blocks;
  const lowest = -REACH * Math.sqrt(blocks);
  const width = (bound - lowest) / GRID;
  const sums = Float64Array.from({ length: GRID + 1 }, (_, i) => lowest + i * width);
  const weighted = sums.map((sum, i) => {
    const density = before.weighted.reduce(
      (total, weight, j) => total + weight * Math.exp(-((sum - (before.sums[j] ?? 0)) ** 2) / (2 * variance)),
      0,
    );
    const simpson = i === 0 || i === GRID ? 1 : i % 2 === 1 ? 4 : 2;
    return (density / Math.sqrt(2 * Math.PI * variance)) * simpson * (width / 3);
  });
  return { blocks, sums, weighted };
}
