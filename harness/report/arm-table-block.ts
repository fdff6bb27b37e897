import { figureOfArm, throughputText } from './arm-figure.ts';
import { formatCount, formatInterval, formatMs, formatRate, formatRatio } from './figure-format.ts';
import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import type { ArmResult, Result } from './result.ts';
import { signOfVerdict } from './verdict-sign.ts';

const HEAD = ['arm', 'msg/s:', 'interval:', 'of ceiling:', 'p50 ms:', 'p99 ms:', 'errors:', 'connections:', 'proof'];

/** Arms of a result as a Markdown table; one without a proven figure says why. */
export function armTable(arms: readonly ArmResult[], result: Result): string {
  return markdownTable(
    HEAD,
    arms.map((arm) => armRow(arm, result)),
  );
}

function armRow(arm: ArmResult, result: Result): readonly string[] {
  const figure = figureOfArm(arm, result.checks);
  const { peak, budget } = arm.connections;
  const sign = signOfVerdict(arm.verdict);
  const errors = formatCount(arm.errors.reduce((sum, { count }) => sum + count, 0));
  const connections = arm.refused === null ? `${peak === 0 ? '?' : peak} / ${budget ?? '?'}` : '–';
  const proof = arm.refused === null ? `${sign.symbol} ${sign.word}` : 'refused';
  const name = codeSpan(arm.name);
  if (figure.kind === 'none') {
    return [name, `no figure: ${markdownText(figure.reason)}`, '–', '–', '–', '–', errors, connections, proof];
  }
  const { throughput } = figure;
  return [
    name,
    throughputText(arm, throughput),
    arm.rounds > 1 ? formatInterval(throughput, formatRate) : 'one round',
    arm.ceilingFraction === null ? '–' : formatRatio(arm.ceilingFraction),
    arm.latencyUs === null ? '–' : formatMs(arm.latencyUs.p50),
    arm.latencyUs === null ? '–' : formatMs(arm.latencyUs.p99),
    errors,
    connections,
    proof,
  ];
}
