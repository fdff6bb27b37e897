import { mergeVerdicts } from '../checkers/verdict.ts';
import { samplesOf } from './block-samples.ts';
import type { GateDecision, MetricDecision } from './decision.ts';
import { gateAnswer } from './gate-answer.ts';
import type { GateMetricResult, GateResult } from './gate-result.ts';
import { gateOutcome } from './gate-verdict.ts';
import type { MetricSamples } from './metric-samples.ts';
import type { Block } from './run-block.ts';
import type { GateFinding, GateOrder, GateVersion } from './run-gate.ts';
import { saturatedGenerator } from './saturated-generator.ts';
import { bothSides } from './slice-order.ts';

/** Puts together what a gate saw, and decides. */
export function assembleGate(order: GateOrder, finding: GateFinding): GateResult {
  const { rounds, environment, attribution, dropped, startedAt } = finding;
  const { blocks, decision, unproved } = rounds;
  const isInterrupted = order.signal.aborted;
  const obstacles = [
    ...(rounds.stopped === undefined || isInterrupted ? [] : [rounds.stopped]),
    ...saturatedGenerator(blocks),
  ];
  const outcome = gateOutcome({ isInterrupted, unproved, decision, obstacles });
  const { margin, tolerated, costMargin, costTolerated, looks } = order.rule;
  return {
    schemaVersion: 1,
    kind: 'gate',
    verdict: outcome.verdict,
    exitCode: outcome.exitCode,
    answer: gateAnswer(
      outcome.verdict,
      bothSides((side) => order.versions[side].label),
      decision,
    ),
    reasons: [...outcome.reasons],
    notes: [...order.notes],
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    seed: order.seed,
    command: order.command,
    scenario: order.plan.scenario.name,
    base: versionRecord(order.versions.base),
    candidate: versionRecord(order.versions.candidate),
    environment,
    rule: { margin, tolerated, costMargin, costTolerated, looks: [...looks], minutes: order.minutes },
    metrics: metricsOf(decision, blocks),
    blocks: blocks.map(({ number, round, lead, durationMs, proofs }) => ({
      ...{ number, round, lead, durationMs },
      proof: mergeVerdicts(proofs.map(({ verdict }) => verdict)),
    })),
    dropped: dropped.map(({ number, reason }) => ({ number, reason })),
    violations: blocks.flatMap(violationsOf),
    samples: [...roundSamples('first', blocks), ...roundSamples('confirmation', blocks)],
    attribution,
  };
}

function versionRecord({ label, commit, detail }: GateVersion): GateResult['base'] {
  return { label, commit, detail };
}

/** What was judged: the fresh round once there is one, the first until then. */
function metricsOf(decision: GateDecision | undefined, blocks: readonly Block[]): GateMetricResult[] {
  if (decision === undefined) return [];
  const fresh = blocks.filter(({ round }) => round === 'confirmation');
  const isOfFresh = !decision.needsConfirmation && fresh.length > 0;
  const samples = samplesOf(isOfFresh ? fresh : blocks.filter(({ round }) => round === 'first'));
  return decision.metrics.map((metric) => {
    const own = samples.find(({ arm, metric: { name } }) => arm === metric.arm && name === metric.metric.name);
    return { ...metricRecord(metric), base: meanOf(own, 'base'), candidate: meanOf(own, 'candidate') };
  });
}

function metricRecord(decided: MetricDecision): Omit<GateMetricResult, 'base' | 'candidate'> {
  const { arm, metric, verdict, reason, blocks, ratio, interval95, blockSd, signFlipP, neededBlocks } = decided;
  return { arm, metric: { ...metric }, verdict, reason, blocks, ratio, interval95, blockSd, signFlipP, neededBlocks };
}

function meanOf(samples: MetricSamples | undefined, side: 'base' | 'candidate'): number | null {
  if (samples === undefined || samples.blocks.length === 0) return null;
  const logs = samples.blocks.map((block) => Math.log(block[side]));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

function roundSamples(round: 'first' | 'confirmation', blocks: readonly Block[]): GateResult['samples'] {
  return samplesOf(blocks.filter((block) => block.round === round)).map(({ arm, metric, blocks: pairs }) => ({
    ...{ round, arm, metric: metric.name },
    blocks: pairs.map(({ lead, base, candidate }) => ({ lead, base, candidate })),
  }));
}

function violationsOf({ number, proofs }: Block): GateResult['violations'] {
  return proofs.flatMap(({ side, checks }) =>
    checks
      .filter(({ verdict }) => verdict !== 'valid')
      .map(({ name, verdict, summary, witness }) => ({
        ...{ block: number, side, check: name, verdict, summary, witness: [...witness] },
      })),
  );
}
