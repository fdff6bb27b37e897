import { accountingTotals } from './accounting-totals.ts';
import { figureOfArm, throughputText } from './arm-figure.ts';
import { sharedParameters } from './arm-parameters.ts';
import { ceilingBlocks, costBlocks } from './cost-markdown.ts';
import { errorBlocks } from './errors-markdown.ts';
import { faultFigures } from './fault-figure.ts';
import {
  formatCount,
  formatDuration,
  formatGiB,
  formatInterval,
  formatMs,
  formatRate,
  formatRatio,
  formatUtc,
} from './figure-format.ts';
import { bulletList, codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import { openLoopBlocks } from './open-loop-block.ts';
import { popAckFigures } from './pop-ack-figure.ts';
import { profileBlocks } from './profile-markdown.ts';
import { titleOfRatio } from './ratio-title.ts';
import type { ArmResult, Result } from './result.ts';
import { saturationBlocks } from './saturation-block.ts';
import { steadinessBlocks } from './steadiness-block.ts';
import { systemBlocks } from './system-block.ts';
import { meaningOfResult, signOfExpectation, signOfResult, signOfVerdict } from './verdict-sign.ts';

/** The report as GitHub-flavoured Markdown, for a terminal, a pull request or a job summary. Everything from outside is escaped. */
export function renderMarkdown(result: Result): string {
  const blocks = [
    ...summaryBlocks(result),
    ...armBlocks(result),
    ...(result.profile === undefined ? [] : profileBlocks(result.profile, result.profile.files)),
    ...accountingBlocks(result),
    ...checkBlocks(result),
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
  const head = ['arm', 'msg/s:', 'interval:', 'of ceiling:', 'p50 ms:', 'p99 ms:', 'errors:', 'connections:', 'proof'];
  const rows = result.arms.map((arm) => armRow(arm, result));
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
    markdownTable(head, rows),
    [...refused, ...limits, ...inconclusive].map((line) => `- ${line}`).join('\n'),
    ...steadinessBlocks(result),
    ...openLoopBlocks(result),
    ...saturationBlocks(result),
    ...popAckBlocks(result),
    ...faultBlocks(result),
    ...systemBlocks(result),
    ...ratioBlocks(result),
    ...ceilingBlocks(result),
    ...costBlocks(result),
  ];
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

function ratioBlocks({ ratios }: Result): readonly string[] {
  const ratioRows = ratios.map((ratio) => {
    const { pair, context } = titleOfRatio(ratio);
    const interval = formatInterval(ratio, formatRatio);
    return [codeSpan(pair), ratio.metric, `${formatRatio(ratio.median)}×`, interval, markdownText(context)].map(String);
  });
  return [
    ratioRows.length === 0 ? '' : '### Ratios of paired rounds',
    ratioRows.length === 0 ? '' : markdownTable(['pair', 'metric', 'median:', 'interval:', 'with'], ratioRows),
  ];
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

function checkBlocks({ checks, expectations }: Result): readonly string[] {
  const notValid = checks.filter(({ verdict }) => verdict !== 'valid');
  const found = notValid.map(({ name, arm, round, verdict, summary, witness }) => {
    const { symbol, word } = signOfVerdict(verdict);
    const facts = witness.map((fact) => `  - ${codeSpan(fact)}`);
    const where = `${codeSpan(arm)}, round ${round}`;
    return [`- ${symbol} **${markdownText(name)}** ${word}, ${where}: ${markdownText(summary)}`, ...facts].join('\n');
  });
  const expected = expectations.map(({ text, met, observed }) => {
    const { symbol, word } = signOfExpectation(met);
    return `- ${symbol} ${codeSpan(text)} ${word}: ${markdownText(observed)}`;
  });
  return [
    '## Checks',
    `${checks.length - notValid.length} of ${checks.length} checks are valid.`,
    found.join('\n'),
    expected.length === 0 ? '' : '## Expectations',
    expected.join('\n'),
  ];
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
