import type { Annotation } from '../report/github/workflow-command.ts';
import type { GateResult } from './gate-result.ts';

const KINDS: Readonly<Record<GateResult['verdict'], Annotation['kind']>> = Object.freeze({
  pass: 'notice',
  fail: 'error',
  inconclusive: 'warning',
  invalid: 'error',
  interrupted: 'warning',
});

/** What a workflow run tells of a gate: its verdict with the weightiest reason, every loss, and what is not proved. */
export function gateAnnotations({ verdict, answer, reasons, metrics, violations }: GateResult): readonly Annotation[] {
  const why = verdict === 'pass' ? [] : reasons.slice(0, 1);
  return [
    { kind: KINDS[verdict], title: `gate: ${verdict}`, message: [answer, ...why].join('\n') },
    ...metrics
      .filter((metric) => metric.verdict === 'fail')
      .map(({ arm, reason }): Annotation => ({ kind: 'error', title: `gate: ${arm}`, message: reason })),
    ...violations.map(
      ({ block, side, check, verdict: found, summary }): Annotation => ({
        kind: found === 'invalid' ? 'error' : 'warning',
        title: `gate: ${check} ${found}`,
        message: `block ${block}, the ${side}: ${summary}`,
      }),
    ),
  ];
}
