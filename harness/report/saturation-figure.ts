import { provenArms } from './arm-figure.ts';
import { formatInterval, formatMs, formatRate } from './figure-format.ts';
import type { ArmResult, Result } from './result.ts';
import type { SaturationRecord } from './saturation-record.ts';

/** What an arm sustains, as it is shown; all of it text. */
export interface SaturationFigure {
  readonly arm: string;
  /** Without the arm's name and a full stop: `sustains 1,830 requests/s (183,000 msg/s); at 80 % of it p99 is 12.0 ms, …`. */
  readonly clause: string;
  readonly levels: readonly LevelFigure[];
  readonly steps: readonly StepFigure[];
}

interface LevelFigure {
  /** `80 %` */
  readonly share: string;
  readonly offered: string;
  readonly p50Ms: string;
  readonly p99Ms: string;
  readonly p999Ms: string;
  readonly sendLagP99Ms: string;
  /** `yes`, `no`, or in how many rounds. */
  readonly sustained: string;
}

interface StepFigure {
  readonly round: string;
  /** `search`, `hold`, `level 80 %`. */
  readonly phase: string;
  readonly offered: string;
  readonly achieved: string;
  readonly isSustained: boolean;
  readonly reasons: string;
}

/** The proven arms that searched for their saturation. */
export function saturationFigures(result: Result): readonly SaturationFigure[] {
  return provenArms(result).flatMap(({ arm }) => {
    const { saturation } = arm;
    if (saturation === null || saturation === undefined) return [];
    return [
      {
        arm: arm.name,
        clause: saturationClause(arm, saturation),
        levels: saturation.levels.map((level) => levelFigure(level, arm.rounds)),
        steps: saturation.steps.map(stepFigure),
      },
    ];
  });
}

/** What an arm sustains and how latency rises towards it, in a clause that lacks its subject. */
export function saturationClause({ rounds }: Pick<ArmResult, 'rounds'>, saturation: SaturationRecord): string {
  const { capacityPerS, capacityMsgPerS, isLowerBound, levels, steps } = saturation;
  if (capacityPerS === null || capacityMsgPerS === null) {
    const reasons = steps.findLast(({ verdict }) => verdict === 'unsustained')?.reasons ?? [];
    return `has no capacity: no rate could be held (${reasons.join('; ') || 'none was tried'})`;
  }
  const interval = rounds > 1 ? ` ${formatInterval(capacityPerS, formatRate)}` : '';
  const least = isLowerBound ? 'at least ' : '';
  const limit = isLowerBound ? ', where the load generator was the limit, not the server' : '';
  const told = levels.filter(({ share }) => share >= 0.8).flatMap(latencyAt);
  const latency = told.length === 0 ? '' : `; p99 is ${told.join(', ')}`;
  return `sustains ${least}${formatRate(capacityPerS.median)} requests/s${interval} (${formatRate(capacityMsgPerS.median)} msg/s)${limit}${latency}`;
}

function latencyAt({ share, latencyUs }: SaturationRecord['levels'][number]): readonly string[] {
  return latencyUs === null ? [] : [`${formatMs(latencyUs.p99)} ms at ${percent(share)}`];
}

function levelFigure(level: SaturationRecord['levels'][number], rounds: number): LevelFigure {
  const { share, offeredPerS, latencyUs, sendLagUs, sustainedRounds } = level;
  const ms = (latency: typeof latencyUs, key: 'p50' | 'p99' | 'p999') =>
    latency === null ? '–' : formatMs(latency[key]);
  return {
    share: percent(share),
    offered: formatRate(offeredPerS),
    p50Ms: ms(latencyUs, 'p50'),
    p99Ms: ms(latencyUs, 'p99'),
    p999Ms: ms(latencyUs, 'p999'),
    sendLagP99Ms: ms(sendLagUs, 'p99'),
    sustained: sustainedRounds === rounds ? 'yes' : sustainedRounds === 0 ? 'no' : `${sustainedRounds} of ${rounds}`,
  };
}

function stepFigure({ round, phase, share, ...step }: SaturationRecord['steps'][number]): StepFigure {
  return {
    round: String(round),
    phase: share === null ? phase : `${phase} ${percent(share)}`,
    offered: formatRate(step.offeredPerS),
    achieved: formatRate(step.achievedPerS),
    isSustained: step.verdict === 'sustained',
    reasons: step.reasons.join('; '),
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
