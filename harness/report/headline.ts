import { accountingTotals } from './accounting-totals.ts';
import { provenArms, throughputText } from './arm-figure.ts';
import { formatCount, formatInterval, formatRate, formatRatio } from './figure-format.ts';
import { intervalOfRatio, titleOfRatio } from './ratio-title.ts';
import type { Result } from './result.ts';
import type { VerdictSign } from './verdict-sign.ts';

/** One figure of a report's first screen. */
export interface Headline {
  readonly label: string;
  readonly value: string;
  readonly unit: string;
  readonly detail: string;
  readonly tone: VerdictSign['tone'] | 'plain';
}

/** The figures a reader wants first: the proof, the comparison, the fastest proven arm and how near it is to the ceiling. */
export function headlinesOf(result: Result): readonly Headline[] {
  return [proofHeadline(result), ratioHeadline(result), fastestHeadline(result), ceilingHeadline(result)].filter(
    (headline) => headline !== undefined,
  );
}

function ratioHeadline(result: Result): Headline | undefined {
  const { ratios } = result;
  const [ratio] = ratios;
  if (ratio === undefined) return undefined;
  const { pair, context } = titleOfRatio(ratio);
  const further = ratios.length > 1 ? `${ratios.length - 1} more below` : '';
  return {
    label: [pair, ratio.metric === 'throughput' ? '' : ratio.metric].join(' ').trim(),
    value: `${formatRatio(ratio.median)}×`,
    unit: '',
    detail: [intervalOfRatio(ratio, result.arms) ?? 'one round', context, further]
      .filter((part) => part !== '')
      .join(' · '),
    tone: 'plain',
  };
}

function fastestHeadline(result: Result): Headline {
  const [fastest] = provenArms(result).toSorted((a, b) => b.throughput.median - a.throughput.median);
  if (fastest === undefined) {
    return { label: 'Throughput', value: 'no figure', unit: '', detail: 'no arm has a valid proof', tone: 'warn' };
  }
  const { arm, throughput } = fastest;
  return {
    label: result.arms.length > 1 ? `Fastest proven arm: ${arm.name}` : 'Proven throughput',
    value: throughputText(arm, throughput),
    unit: 'msg/s',
    detail: [
      arm.rounds > 1 ? `${formatInterval(throughput, formatRate)} · median of ${arm.rounds} rounds` : 'one round',
      ...(result.profile === undefined ? [] : ['under a profiler: not to be compared']),
    ].join(' · '),
    tone: 'plain',
  };
}

function ceilingHeadline(result: Result): Headline | undefined {
  // Of the fastest arm: small transactions have a low ceiling, and a server that shares them may well exceed it.
  const best = provenArms(result)
    .toSorted((a, b) => b.throughput.median - a.throughput.median)
    .flatMap(({ arm }) => (arm.ceilingFraction === null ? [] : [{ arm, fraction: arm.ceilingFraction }]))[0];
  if (best === undefined) return undefined;
  return {
    label: 'Share of the ceiling',
    value: formatRatio(best.fraction),
    unit: '',
    detail: `${best.arm.name}, of what plain SQL reaches in transactions of the same batch`,
    tone: 'plain',
  };
}

function proofHeadline({ checks }: Result): Headline {
  if (checks.length === 0)
    return { label: 'Proof', value: 'none', unit: '', detail: 'no check was made', tone: 'warn' };
  const totals = accountingTotals(checks);
  const notValid = checks.filter(({ verdict }) => verdict !== 'valid').length;
  const isAccused = checks.some(({ verdict }) => verdict === 'invalid');
  const tone = isAccused ? 'bad' : notValid > 0 ? 'warn' : 'good';
  const judged =
    notValid === 0
      ? `all ${formatCount(checks.length)} checks valid`
      : `${notValid} of ${checks.length} checks not valid`;
  if (totals.length === 0) return { label: 'Proof', value: judged, unit: '', detail: '', tone };
  const acknowledged = totals.reduce((sum, total) => sum + (total.acknowledged ?? 0), 0);
  const [lost, duplicated] = (['lost', 'duplicated'] as const).map((key) =>
    totals.reduce((sum, { others }) => sum + (others[key] ?? 0), 0),
  );
  return {
    label: `Of ${formatCount(acknowledged)} acknowledged messages`,
    value: `${formatCount(lost ?? 0)} lost`,
    unit: '',
    detail: `${formatCount(duplicated ?? 0)} duplicated · ${judged}`,
    tone,
  };
}
