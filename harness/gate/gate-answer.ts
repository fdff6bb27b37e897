import type { GateDecision } from './decision.ts';
import type { GateResult } from './gate-result.ts';
import { formatChange, metricTitle } from './metric-title.ts';
import type { Sides } from './slice-order.ts';

/** The verdict of a gate in one sentence. */
export function gateAnswer(
  verdict: GateResult['verdict'],
  labels: Sides<string>,
  decision: GateDecision | undefined,
): string {
  const names = `${labels.candidate} against ${labels.base}`;
  switch (verdict) {
    case 'pass':
      return `${names}: no loss, ${worstSpeed(decision)}; nothing was lost or duplicated.`;
    case 'fail':
      return `${names}: slower or dearer: ${failures(decision)}.`;
    case 'invalid':
      return `${names}: no comparison, because the proof failed.`;
    case 'interrupted':
      return `${names}: interrupted before it was decided.`;
    case 'inconclusive':
      return `${names}: not settled.`;
  }
}

function worstSpeed(decision: GateDecision | undefined): string {
  const speeds = (decision?.metrics ?? []).flatMap(({ arm, metric, ratio }) =>
    metric.kind === 'speed' && ratio !== null ? [{ arm, metric, ratio }] : [],
  );
  const [worst] = speeds.toSorted((a, b) => a.ratio.estimate - b.ratio.estimate);
  if (worst === undefined) return 'no speed was measured';
  return `the worst speed is ${formatChange(worst.ratio.estimate)} (${worst.arm}, ${metricTitle(worst.metric)})`;
}

function failures(decision: GateDecision | undefined): string {
  return (decision?.metrics ?? [])
    .flatMap(({ arm, metric, ratio, verdict }) =>
      verdict === 'fail' && ratio !== null ? [`${arm}, ${metricTitle(metric)} ${formatChange(ratio.estimate)}`] : [],
    )
    .join('; ');
}
