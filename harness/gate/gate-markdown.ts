import { formatDuration, formatSmall, formatUtc } from '../report/figure-format.ts';
import { bulletList, codeSpan, markdownTable, markdownText } from '../report/markdown-text.ts';
import type { GateAttribution, GateMetricResult, GateResult } from './gate-result.ts';
import { signOfGate, signOfMetric } from './gate-sign.ts';
import { renderIntervalPlot } from './interval-plot.ts';
import { formatChange, formatChanges, metricFigure, metricTitle } from './metric-title.ts';

const LONGEST_STATEMENT = 160;
const SHOWN_WITNESSES = 3;

/** The whole report of a gate as Markdown: gate.md, and the summary of a workflow's step. */
export function renderGateMarkdown(result: GateResult): string {
  const sign = signOfGate(result.verdict);
  const blocks = [
    `# ${sign.symbol} Gate: ${sign.word}`,
    `**${markdownText(result.answer)}**`,
    bulletList(result.reasons),
    section('Candidate / base', result.metrics.length === 0 ? '' : plot(result)),
    result.metrics.length === 0 ? '' : metricTable(result.metrics),
    section('What is not proved', violations(result)),
    result.attribution === null ? '' : attribution(result.attribution),
    section('Notes', bulletList([...result.notes, ...result.dropped.map(({ reason }) => `dropped: ${reason}`)])),
    section('What was compared', facts(result)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function section(title: string, text: string): string {
  return text === '' ? '' : `## ${title}\n\n${text}`;
}

/** In a fence nothing acts as markup; a name from outside cannot end it, because the plot keeps one line for each. */
function plot({ metrics, rule }: GateResult): string {
  return ['```text', renderIntervalPlot(metrics, rule), '```'].join('\n');
}

function metricTable(metrics: readonly GateMetricResult[]): string {
  return markdownTable(
    ['arm', 'metric', 'base:', 'candidate:', 'change:', 'interval:', 'blocks:', 'block sd:', 'verdict'],
    metrics.map(({ arm, metric, base, candidate, ratio, blocks, blockSd, verdict }) => {
      const { symbol, word } = signOfMetric(verdict);
      return [
        markdownText(arm),
        metricTitle(metric),
        metricFigure(metric, base),
        metricFigure(metric, candidate),
        ratio === null ? '–' : formatChange(ratio.estimate),
        ratio === null ? '–' : formatChanges(ratio),
        String(blocks),
        blockSd === null ? '–' : `${(blockSd * 100).toFixed(1)} %`,
        `${symbol} ${word}`,
      ];
    }),
  );
}

function violations({ violations: all }: GateResult): string {
  return all
    .map(({ block, side, check, verdict, summary, witness }) =>
      [
        `- block ${block}, the ${side}: **${markdownText(check)}** is ${verdict}: ${markdownText(summary)}`,
        ...witness.slice(0, SHOWN_WITNESSES).map((text) => `  - ${codeSpan(text)}`),
      ].join('\n'),
    )
    .join('\n');
}

function attribution({ costs, functions, statements, missing }: GateAttribution): string {
  const blocks = [
    section(
      'What moved',
      bulletList(
        costs.map(
          ({ arm, cost, ratio }) => `${arm}: ${metricTitle({ name: cost, kind: 'cost' })} ${formatChange(ratio)}`,
        ),
      ),
    ),
    functions.length === 0
      ? ''
      : `CPU time of functions themselves, µs a message, in a block under a profiler:\n\n${markdownTable(
          ['function', 'base:', 'candidate:', 'difference:'],
          functions.map(({ name, base, candidate }) => [
            codeSpan(name),
            formatSmall(base),
            formatSmall(candidate),
            signed(candidate - base),
          ]),
        )}`,
    statements.length === 0
      ? ''
      : `Statements in that block:\n\n${markdownTable(
          ['statement', 'calls a message: base:', 'candidate:', 'mean µs: base:', 'candidate:'],
          statements.map(({ text, calls, meanUs }) => [
            codeSpan(cut(text)),
            formatSmall(calls.base),
            formatSmall(calls.candidate),
            meanUs.base === null ? '–' : formatSmall(meanUs.base),
            meanUs.candidate === null ? '–' : formatSmall(meanUs.candidate),
          ]),
        )}`,
    missing.length === 0 ? '' : `Not found out:\n\n${bulletList(missing)}`,
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function facts(result: GateResult): string {
  const { base, candidate, environment, blocks, rule } = result;
  const proved = blocks.filter(({ proof }) => proof === 'valid').length;
  const share = (value: number) => `${Number((value * 100).toFixed(2))} %`;
  return markdownTable(
    ['', ''],
    [
      ['candidate', markdownText(`${candidate.label}; ${candidate.detail}`)],
      ['base', markdownText(`${base.label}; ${base.detail}`)],
      ['scenario', codeSpan(result.scenario)],
      ['blocks', `${blocks.length}, of which ${proved} proved both versions`],
      [
        'rule',
        `a speed fails below −${share(rule.margin)} and passes above −${share(rule.tolerated)}; a cost fails above +${share(rule.costMargin)} and passes below +${share(rule.costTolerated)}; looks after ${rule.looks.join(', ')} blocks`,
      ],
      ['begun', `${formatUtc(result.startedAt)}, took ${formatDuration(result.durationMs)}`],
      ['machine', markdownText(`${environment.cpu}, ${environment.cores} cores, ${environment.os}`)],
      ['runtime', markdownText(`Node.js ${environment.node} for both versions`)],
      ['PostgreSQL', markdownText(environment.postgres)],
      ['again', codeSpan(result.command)],
    ],
  );
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${formatSmall(Math.abs(value))}`;
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST_STATEMENT ? `${line.slice(0, LONGEST_STATEMENT).toWellFormed()}…` : line;
}
