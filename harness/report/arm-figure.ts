import { formatRate } from './figure-format.ts';
import type { ArmResult, CeilingRecord, CheckRecord, IntervalRecord, Result } from './result.ts';

/** The throughput of an arm with its proof, or the reason why there is no figure. */
export type ArmFigure =
  | { readonly kind: 'figure'; readonly throughput: IntervalRecord }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * The only way from an arm to its msg/s: no report reads `throughputMsgPerS` itself, so that none can show the figure of
 * an arm whose proof does not hold. Latency and cost are shown under the same condition.
 */
export function figureOfArm(arm: ArmResult, checks: readonly CheckRecord[]): ArmFigure {
  if (arm.refused !== null) return { kind: 'none', reason: 'the server refused to start' };
  if (arm.verdict !== 'valid') return { kind: 'none', reason: reasonOf(arm, checks) };
  if (arm.throughputMsgPerS === null) return { kind: 'none', reason: 'throughput was not measured' };
  return { kind: 'figure', throughput: arm.throughputMsgPerS };
}

/** `61,234`, or `≥ 61,234` when the load generator was the limit: the server can do that at least. */
export function throughputText({ inconclusive }: ArmResult, { median }: IntervalRecord): string {
  return `${inconclusive === undefined ? '' : '≥ '}${formatRate(median)}`;
}

function reasonOf(arm: ArmResult, checks: readonly CheckRecord[]): string {
  const names = checks
    .filter((check) => check.arm === arm.name && check.verdict === arm.verdict)
    .map(({ name }) => name);
  const accusers = [...new Set(names)].join(', ');
  if (arm.verdict === 'invalid') return accusers === '' ? 'its proof is invalid' : `${accusers} invalid`;
  return accusers === '' ? 'its proof could not be made' : `${accusers} could not be judged`;
}

/** The arms whose figure is proved, with it, in the order of the result. */
export function provenArms(
  result: Result,
): readonly { readonly arm: ArmResult; readonly throughput: IntervalRecord }[] {
  return result.arms.flatMap((arm) => {
    const figure = figureOfArm(arm, result.checks);
    return figure.kind === 'figure' ? [{ arm, throughput: figure.throughput }] : [];
  });
}

/** The ceiling this arm's fraction was taken of: the one measured with its batch, payload and partitions. */
export function ceilingOfArm(arm: ArmResult, ceilings: readonly CeilingRecord[]): CeilingRecord | undefined {
  const matching = ceilings.filter(
    (ceiling) =>
      agrees(arm, 'load.batch', ceiling.batch) &&
      agrees(arm, 'load.payloadBytes', ceiling.payloadBytes) &&
      agrees(arm, 'load.partitions', ceiling.partitions),
  );
  return matching.length === 1 ? matching[0] : undefined;
}

/** A parameter that the result does not tell cannot contradict. */
function agrees(arm: ArmResult, key: string, value: number): boolean {
  const told = arm.parameters[key];
  return told === undefined || told === value;
}
