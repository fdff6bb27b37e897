import { throughputText } from '../report/arm-figure.ts';
import { formatMs, formatRate, formatRatio } from '../report/figure-format.ts';
import { intervalOfRatio, titleOfRatio } from '../report/ratio-title.ts';
import type { ArmResult, Result } from '../report/result.ts';
import { saturationClause } from '../report/saturation-figure.ts';

/**
 * What answers the scenario's question with figures: of a sweep its advice, otherwise one sentence, which may say why there
 * is no answer.
 */
export function answerOf(
  verdict: Result['verdict'],
  arms: readonly ArmResult[],
  ratios: Result['ratios'],
  advice: Result['advice'],
): string {
  // Advice is given of proven arms alone.
  if (advice !== undefined) return `${advice.join(' ')} Nothing was lost or duplicated.`;
  const answer = figuresAsAnswer(verdict, arms, ratios);
  return verdict === 'inconclusive' ? `Not settled. ${answer}` : answer;
}

function figuresAsAnswer(verdict: Result['verdict'], arms: readonly ArmResult[], ratios: Result['ratios']): string {
  if (verdict === 'invalid') return 'There is no figure: the proof failed.';
  if (verdict === 'interrupted') return 'There is no answer: the run was interrupted.';
  const unproven = arms.filter((arm) => arm.throughputMsgPerS === null && arm.refused === null);
  if (unproven.length > 0)
    return `There is no answer: ${unproven.map(({ name }) => name).join(', ')} could not be proved.`;
  const isSearch = arms.some(({ saturation }) => saturation !== undefined);
  if (ratios.length > 0 && !isSearch)
    return `${ratios.map((ratio) => ratioClause(ratio, arms)).join('; ')}; nothing was lost or duplicated.`;
  const refusals = arms.filter(({ refused }) => refused !== null).map(({ name }) => name);
  const figures = arms.flatMap((arm) => figureClause(arm) ?? []);
  const refused = refusals.length > 0 ? [`the server refuses to start with ${refusals.join(', ')}`] : [];
  return `${[...figures, ...refused].join('; ')}.`;
}

function figureClause(arm: ArmResult): string | undefined {
  const { name, throughputMsgPerS, popAck, saturation } = arm;
  if (throughputMsgPerS === null) return undefined;
  if (saturation !== null && saturation !== undefined) return `${name} ${saturationClause(arm, saturation)}`;
  const reached = latencyClause(arm) ?? `reaches ${throughputText(arm, throughputMsgPerS)} msg/s`;
  return `${name} ${reached}${consumersClause(popAck)}`;
}

/** An open loop is asked how long it takes, not how much. */
function latencyClause({ latencyUs, openLoop }: ArmResult): string | undefined {
  if (latencyUs === null || openLoop === null || openLoop === undefined) return undefined;
  const { achievedPerS, offeredPerS } = openLoop;
  const rate = `${formatRate(achievedPerS)} of ${formatRate(offeredPerS)} requests/s`;
  return `answers half of the requests within ${formatMs(latencyUs.p50)} ms and 99 % within ${formatMs(latencyUs.p99)} ms at ${rate}`;
}

function consumersClause(popAck: ArmResult['popAck']): string {
  if (popAck === null || popAck === undefined) return '';
  const share = popAck.shareOfPush === null ? '' : `, ${formatRatio(popAck.shareOfPush)} of it`;
  return ` and its consumers pop and ack ${formatRate(popAck.throughputMsgPerS.median)} msg/s${share}`;
}

function ratioClause(ratio: Result['ratios'][number], arms: readonly ArmResult[]): string {
  const { pair, context } = titleOfRatio(ratio);
  const where = context === '' ? '' : ` at ${context}`;
  return `${pair} is ${formatRatio(ratio.median)}× ${intervalOfRatio(ratio, arms) ?? '(one round)'}${where}`;
}
