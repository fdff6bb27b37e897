import { accountingTotals } from './accounting-totals.ts';
import { figureOfArm } from './arm-figure.ts';
import { sharedParameters } from './arm-parameters.ts';
import { armTable } from './arm-table-block.ts';
import { checkBlocks, expectationBlocks } from './check-block.ts';
import { ceilingBlocks, costBlocks } from './cost-markdown.ts';
import { errorBlocks } from './errors-markdown.ts';
import { faultFigures } from './fault-figure.ts';
import { formatCount, formatDuration, formatGiB, formatUtc } from './figure-format.ts';
import { bulletList, codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import { openLoopBlocks } from './open-loop-block.ts';
import { popAckFigures } from './pop-ack-figure.ts';
import { profileBlocks } from './profile-markdown.ts';
import { ratioBlocks } from './ratio-block.ts';
import type { Result } from './result.ts';
import { saturationBlocks } from './saturation-block.ts';
import { steadinessBlocks } from './steadiness-block.ts';
import { systemBlocks } from './system-block.ts';
import { meaningOfResult, signOfResult } from './verdict-sign.ts';

/** The report as GitHub-flavoured Markdown, for a terminal, a pull request or a job summary. Everything from outside is escaped. */
export function renderMarkdown(result: Result): string {
  const blocks = [
    ...summaryBlocks(result),
    ...armBlocks(result),
    ...(result.profile === undefined ? [] : profileBlocks(result.profile, result.profile.files)),
    ...accountingBlocks(result),
    ...checkBlocks(result),
    ...expectationBlocks(result),
    ...errorBlocks(result),
    ...environmentBlocks(result),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function summaryBlocks(result: Result): readonly string[] {
  const sign = signOfResult(result.verdict);
  return [
    `# ${markdownText(result.question)}`,
    markdownText(result.answer),
    `**${sign.symbol} ${sign.word}** · ${meaningOfResult(result.verdict)}`,
    bulletList(result.reasons),
    `Scenario ${codeSpan(result.scenario)}, ${formatUtc(result.startedAt)}, took ${formatDuration(result.durationMs)}.`,
  ];
}

function armBlocks(result: Result): readonly string[] {
  const shared = sharedParameters(result.arms).map(({ label, value }) => codeSpan(`${label}=${value}`));
  const refused = result.arms.flatMap(({ name, refused: words }) =>
    words === null ? [] : [`${codeSpan(name)} was refused by the server: ${codeSpan(words)}`],
  );
  const limits = result.arms.flatMap((arm) => {
    const isShown = arm.bottleneck !== null && figureOfArm(arm, result.checks).kind === 'figure';
    return isShown ? [`${codeSpan(arm.name)} limited by: ${markdownText(arm.bottleneck ?? '')}`] : [];
  });
  const inconclusive = result.arms.flatMap(({ name, inconclusive: why }) =>
    why === undefined ? [] : [`${codeSpan(name)} can do that at least (≥): ${markdownText(why)}`],
  );
  return [
    '## Arms',
    shared.length === 0 ? '' : `All with ${shared.join(' ')}.`,
    armTable(result.arms, result),
    [...refused, ...limits, ...inconclusive].map((line) => `- ${line}`).join('\n'),
    ...steadinessBlocks(result),
    ...openLoopBlocks(result),
    ...saturationBlocks(result),
    ...popAckBlocks(result),
    ...faultBlocks(result),
    ...systemBlocks(result),
    ...ratioBlocks(result.ratios, result.arms),
    ...ceilingBlocks(result),
    ...costBlocks(result),
  ];
}

function popAckBlocks(result: Result): readonly string[] {
  const rows = popAckFigures(result).map((figure) => [
    codeSpan(figure.arm),
    figure.consumers,
    figure.throughput,
    figure.interval,
    figure.shareOfPush,
    figure.popMs,
    figure.ackMs,
    figure.consumersBusy,
  ]);
  const head = [
    'arm',
    'consumers × batch:',
    'msg/s:',
    'interval:',
    'of push:',
    'pop p50 / p99 ms:',
    'ack p50 / p99 ms:',
    'consumers busy:',
  ];
  return rows.length === 0 ? [] : ['### Consumers: pop and ack', markdownTable(head, rows)];
}

function faultBlocks(result: Result): readonly string[] {
  const rows = faultFigures(result).map(({ arm, round, fault, when, outcome, detail }) => [
    codeSpan(arm),
    String(round),
    fault,
    when,
    outcome,
    markdownText(detail),
  ]);
  const head = ['arm', 'round:', 'fault', 'when', 'outcome', 'what was done'];
  return rows.length === 0 ? [] : ['### Faults', markdownTable(head, rows)];
}

function accountingBlocks({ checks }: Result): readonly string[] {
  const totals = accountingTotals(checks);
  if (totals.length === 0) return [];
  const count = (value: number | null) => (value === null ? '?' : formatCount(value));
  const rows = totals.map((total) => [
    codeSpan(total.arm),
    count(total.attempted),
    count(total.acknowledged),
    count(total.stored),
    count(total.delivered),
    Object.entries(total.others)
      .map(([key, value]) => `${markdownText(key)} ${formatCount(value)}`)
      .join(', '),
  ]);
  const head = ['arm', 'attempted:', 'acknowledged:', 'stored:', 'delivered:', 'of these'];
  return ['## Messages', markdownTable(head, rows)];
}

function environmentBlocks({ environment, notes, command, seed }: Result): readonly string[] {
  const facts: readonly (readonly [string, string])[] = [
    ...(environment.target === undefined ? [] : [['target', environment.target] as const]),
    ['PostgreSQL', environment.postgres],
    ['provider', `${environment.provider}: ${environment.providerReason}`],
    ['max_connections', String(environment.maxConnections ?? 'not known')],
    ['Node.js', environment.node],
    ['machine', `${environment.cores} × ${environment.cpu}, ${formatGiB(environment.memoryBytes)}, ${environment.os}`],
    ['git', environment.git],
    ['seed', String(seed)],
    ...(notes ?? []).map((note) => ['note', note] as const),
  ];
  const settings = Object.entries(environment.postgresSettings).map(([name, value]) => `${name}=${value}`);
  return [
    '## Environment',
    facts.map(([name, value]) => `- ${name}: ${markdownText(value)}`).join('\n'),
    settings.length === 0 ? '' : `PostgreSQL settings: ${settings.map(codeSpan).join(' ')}`,
    '## Run it again',
    codeSpan(command),
  ];
}
