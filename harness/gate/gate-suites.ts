import { junitXml } from '../report/junit/junit-xml.ts';
import type { Outcome, TestCase } from '../report/junit/test-case.ts';
import type { GateResult } from './gate-result.ts';
import { metricTitle } from './metric-title.ts';

const OUTCOMES: Readonly<Record<GateResult['verdict'], Outcome>> = Object.freeze({
  pass: 'passed',
  fail: 'failure',
  inconclusive: 'error',
  invalid: 'failure',
  interrupted: 'error',
});

/** junit.xml of a gate: a case for every metric and every block's proof, and one for the verdict over the whole. */
export function renderGateJUnit(result: GateResult): string {
  const metrics = result.metrics.map(
    ({ arm, metric, verdict, reason }): TestCase => ({
      ...{ name: `${arm}: ${metricTitle(metric)}`, outcome: OUTCOMES[verdict], message: reason, details: [] },
    }),
  );
  const proofs = result.blocks.map(({ number, proof, durationMs }): TestCase => {
    const own = result.violations.filter(({ block }) => block === number);
    return {
      name: `block ${number}`,
      outcome: proof === 'valid' ? 'passed' : proof === 'invalid' ? 'failure' : 'error',
      message: own.map(({ side, check, summary }) => `the ${side}: ${check}: ${summary}`).join('; '),
      details: own.flatMap(({ witness }) => witness),
      durationMs,
    };
  });
  const message = `${result.verdict}, exit code ${result.exitCode}: ${result.answer}`;
  const verdict: TestCase = { name: 'verdict', outcome: OUTCOMES[result.verdict], message, details: result.reasons };
  return junitXml({
    name: 'gate',
    startedAt: result.startedAt,
    suites: [
      { name: 'metrics', cases: metrics },
      { name: 'proofs', cases: proofs },
      { name: 'result', cases: [verdict] },
    ],
  });
}
