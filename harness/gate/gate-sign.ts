import type { VerdictSign } from '../report/verdict-sign.ts';
import type { GateMetricResult, GateResult } from './gate-result.ts';

const GATE_SIGNS: Readonly<Record<GateResult['verdict'], VerdictSign>> = Object.freeze({
  pass: { symbol: '✓', word: 'pass', tone: 'good' },
  fail: { symbol: '✗', word: 'fail', tone: 'bad' },
  inconclusive: { symbol: '?', word: 'inconclusive', tone: 'warn' },
  invalid: { symbol: '✗', word: 'invalid', tone: 'bad' },
  interrupted: { symbol: '!', word: 'interrupted', tone: 'warn' },
});

const METRIC_SIGNS: Readonly<Record<GateMetricResult['verdict'], VerdictSign>> = Object.freeze({
  pass: { symbol: '✓', word: 'pass', tone: 'good' },
  fail: { symbol: '✗', word: 'fail', tone: 'bad' },
  inconclusive: { symbol: '?', word: 'open', tone: 'warn' },
});

/** Sign of the verdict over the whole gate. */
export function signOfGate(verdict: GateResult['verdict']): VerdictSign {
  return GATE_SIGNS[verdict];
}

/** Sign of one metric. */
export function signOfMetric(verdict: GateMetricResult['verdict']): VerdictSign {
  return METRIC_SIGNS[verdict];
}
