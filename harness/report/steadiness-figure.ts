import { provenArms } from './arm-figure.ts';
import { formatDuration } from './figure-format.ts';
import type { Result } from './result.ts';
import type { SteadinessRecord } from './steadiness-record.ts';

/** How steady an arm's windows were, as it is shown; all of it text, that of the worst round. */
export interface SteadinessFigure {
  readonly arm: string;
  readonly verdict: SteadinessRecord['verdict'];
  /** `unsteady in 2 of 3 rounds`; the verdict alone where there was one round. */
  readonly told: string;
  /** `2 of 3`: rounds with this verdict. */
  readonly inRounds: string;
  /** `+18 %` over the window. */
  readonly trend: string;
  readonly variation: string;
  /** `by 1.5 s`, the longest of the rounds. */
  readonly extended: string;
  /** For an unsteady arm: what happened, in a clause. */
  readonly clause: string;
}

type Round = SteadinessRecord['rounds'][number];

/** The proven arms whose windows were judged. */
export function steadinessFigures(result: Result): readonly SteadinessFigure[] {
  return provenArms(result).flatMap(({ arm: { name, steadiness } }) =>
    steadiness === undefined ? [] : [figureOf(name, steadiness)],
  );
}

function figureOf(arm: string, { verdict, rounds }: SteadinessRecord): SteadinessFigure {
  const such = rounds.filter((round) => round.verdict === verdict);
  const [worst] = such.toSorted((a, b) => unrestOf(b) - unrestOf(a));
  const extendedMs = Math.max(0, ...rounds.map((round) => round.extendedMs));
  const inRounds = `${such.length} of ${rounds.length}`;
  const told = rounds.length === 1 ? verdict : `${verdict} in ${inRounds} rounds`;
  const { trendPercent = null, variationPercent = null } = worst ?? {};
  const trend = trendPercent === null ? '–' : `${trendPercent < 0 ? '−' : '+'}${percent(Math.abs(trendPercent))}`;
  const variation = variationPercent === null ? '–' : percent(variationPercent);
  const extended = extendedMs === 0 ? 'no' : `by ${formatDuration(extendedMs)}`;
  return {
    arm,
    verdict,
    told,
    inRounds,
    trend,
    variation,
    extended,
    clause: clauseOf(worst, rounds.length, extendedMs),
  };
}

function clauseOf(worst: Round | undefined, rounds: number, extendedMs: number): string {
  if (worst === undefined || worst.trendPercent === null || worst.variationPercent === null) return '';
  const moved = `throughput ${worst.trendPercent < 0 ? 'fell' : 'rose'} ${percent(Math.abs(worst.trendPercent))} over the window`;
  const where = rounds === 1 ? '' : ` of round ${worst.round}`;
  const varied = `and varied by ${percent(worst.variationPercent)} beside that`;
  const extended = extendedMs === 0 ? '' : `, which had been extended by up to ${formatDuration(extendedMs)}`;
  return `${moved}${where} ${varied}${extended}`;
}

/** Trend and variation weigh as much as their limits say: 10 and 30 %. */
function unrestOf({ trendPercent, variationPercent }: Round): number {
  return Math.max(Math.abs(trendPercent ?? 0) * 3, variationPercent ?? 0);
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}
