import { type Comparison, compareCurves, crossingsOf } from '../measure/crossing.ts';
import { ENOUGH, type Knee, kneeOf } from '../measure/knee.ts';
import { formatMs, formatRate, formatRatio } from '../report/figure-format.ts';
import type { ArmResult, Result } from '../report/result.ts';
import type { Sweep, SweepLine } from './sweep.ts';
import { amountOf, effectOfMore, formatX, unitOf } from './swept-amount.ts';

/** What the reader of a sweep should do: a sentence for each of its lines, and one on where two of them cross. */
export function adviceOn(sweep: Sweep, seed: number): readonly string[] {
  const { key, lines } = sweep;
  const each = lines.flatMap((line) => {
    const knee = kneeOf(line.points, seed);
    if (knee === undefined) return [];
    const clauses = [kneeClause(key, line, knee), ...refusalClauses(key, line)];
    const sentence = `${context(key, line)}${clauses.join('; ')}${noise(line, knee)}.`;
    return [line.word === '' ? capitalised(sentence) : `${line.word}: ${sentence}`];
  });
  const [first, second, ...others] = lines;
  if (first === undefined || second === undefined || others.length > 0) return each;
  const comparisons = compareCurves(first.points, second.points, seed);
  return [...leadSentence(key, [first.word, second.word], comparisons), ...each];
}

/** What the chart of a sweep is drawn from. */
export function sweepRecord({ key, lines }: Sweep, seed: number): NonNullable<Result['sweep']> {
  return {
    unit: unitOf(key),
    lines: lines.map(({ word, points }) => {
      const knee = kneeOf(points, seed);
      const isBetween = knee?.isUneven === false && knee.from !== points[0]?.x && knee.from !== points.at(-1)?.x;
      return {
        name: word,
        points: points.map(({ x, arm }) => ({ x, arm: arm.name })),
        marked: isBetween ? knee.from : null,
      };
    }),
  };
}

/** How many connections are enough depends on who shares them. */
function context(key: string, { points }: SweepLine): string {
  const workers = points[0]?.arm.parameters['server.workers'];
  return key === 'server.poolSize' && typeof workers === 'number' ? `at ${amountOf('server.workers', workers)}, ` : '';
}

function kneeClause(key: string, line: SweepLine, knee: Knee): string {
  const { best, from, to, points } = knee;
  const [least = from, most = to] = [points[0]?.x, points.at(-1)?.x];
  const reached = `${formatRate(knee.bestRate)} msg/s`;
  if (knee.isUneven) {
    const shares = points.map(({ x, share }) => `${percent(share)} at ${formatX(x)}`).join(', ');
    return `throughput goes up and down with ${unitOf(key)} (of ${reached} ${shares}): measure again, with more rounds or on a quieter machine`;
  }
  const more = effectOfMore(key);
  const end = more === '' ? '' : `; ${more}`;
  const below = points.findLast(({ x }) => x < from);
  const shareBelow = below === undefined ? [] : [`${percent(below.share)} of it at ${formatX(below.x)}`];
  if (to === most) {
    if (from === least)
      return `no difference shows from ${formatX(least)} to ${amountOf(key, most)} (${reached})${end}`;
    if (from < most) return `${enough(key, line, knee)}${end}`;
    const others = [reached, ...shareBelow].join('; ');
    return `throughput still rises at ${amountOf(key, most)}, the most tried (${others})`;
  }
  const above = points.find(({ x }) => x > to);
  const shareAbove = above === undefined ? [] : [`${percent(above.share)} of it at ${formatX(above.x)}`];
  const range = from === to ? '' : ` (as good: ${formatX(from)} to ${formatX(to)})`;
  return `best at ${amountOf(key, best)} with ${reached}${range}; ${[...shareBelow, ...shareAbove].join(', ')}`;
}

/** The knee itself: how much of the best it gives, and what that spares in latency. */
function enough(key: string, line: SweepLine, knee: Knee): string {
  const share = knee.points.find(({ x }) => x === knee.from)?.share ?? 1;
  const amount = `${amountOf(key, knee.from)} already ${knee.from === 1 ? 'gives' : 'give'}`;
  if (knee.from === knee.best) return `${amount} the best, ${formatRate(knee.bestRate)} msg/s`;
  const best = `${formatRate(knee.bestRate)} msg/s at ${formatX(knee.best)}`;
  const doubt = share < ENOUGH ? ', which cannot be told from it' : '';
  return `${amount} ${percent(share)} of the best (${best})${doubt}${latencies(line, knee)}`;
}

function latencies({ points }: SweepLine, { from, best }: Knee): string {
  const p99At = (at: number) => points.find(({ x }) => x === at)?.arm.latencyUs?.p99;
  const [own, other] = [p99At(from), p99At(best)];
  return own === undefined || other === undefined
    ? ''
    : `, with a p99 of ${formatMs(own)} ms instead of ${formatMs(other)}`;
}

function refusalClauses(key: string, { refused }: SweepLine): readonly string[] {
  return refused.map(({ x, arm }) => `${amountOf(key, x)} ${x === 1 ? 'is' : 'are'} refused: ${reasonOf(arm)}`);
}

/** The server's first sentence, without what it adds in brackets: both numbers are in it. */
function reasonOf({ refused }: ArmResult): string {
  return (refused ?? '').split(/ \(|\.(?:\s|$)/)[0] ?? '';
}

/** What the rounds leave open: everything when there is one alone, and whatever is less but overlaps the best. */
function noise({ points }: SweepLine, knee: Knee): string {
  if (points.every(({ byRound }) => byRound.length === 1)) return ' (one round: its noise is not known)';
  const open = knee.points.filter(({ isAsGood, overlaps }) => overlaps && !isAsGood).map(({ x }) => formatX(x));
  return open.length === 0 ? '' : ` (too noisy to rule out ${open.join(', ')})`;
}

function leadSentence(
  key: string,
  [first, second]: readonly [string, string],
  comparisons: readonly Comparison[],
): readonly string[] {
  const nameOf = ({ higher }: Comparison) => (higher === 'first' ? first : second);
  const crossings = crossingsOf(comparisons);
  if (crossings.length > 0) {
    return crossings.map(({ between: [from, to], about }) => {
      const [before, after] = [from, to].map((at) => comparisons.find(({ x }) => x === at)) as [Comparison, Comparison];
      const where = `${formatX(from)} and ${amountOf(key, to)}, at about ${formatX(Number(about.toPrecision(2)))}`;
      return `${first} and ${second} cross between ${where}: ${nameOf(before)} is ahead up to there (${times(before)} at ${formatX(from)}), ${nameOf(after)} beyond (${times(after)} at ${formatX(to)}).`;
    });
  }
  const sure = comparisons.filter(({ higher }) => higher !== undefined);
  const [some] = sure;
  const [least, most] = [comparisons[0], comparisons.at(-1)];
  if (least === undefined || most === undefined) return [];
  const span = `from ${formatX(least.x)} to ${amountOf(key, most.x)}`;
  if (some === undefined) return [`${first} and ${second} cannot be told apart ${span}.`];
  const open = comparisons.filter(({ higher }) => higher === undefined).map(({ x }) => formatX(x));
  const where = open.length === 0 ? `at every value ${span}` : `${span}, but at ${open.join(', ')} no lead shows`;
  const factors = sure.map((comparison) => `${times(comparison)} at ${formatX(comparison.x)}`);
  return [
    `${nameOf(some)} is faster than ${some.higher === 'first' ? second : first} ${where} (${factors.join(', ')}).`,
  ];
}

/** Of the faster one to the other. */
function times({ ratio, higher }: Comparison): string {
  return `${formatRatio(higher === 'second' ? 1 / ratio.median : ratio.median)}×`;
}

/** Rounded down, so that 97.9 % does not look like enough. */
function percent(share: number): string {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
