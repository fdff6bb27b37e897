import type { DefectsResult, TrialResult } from './defects-result.ts';
import { formatCount, formatDuration, formatUtc } from './figure-format.ts';
import { bulletList, codeSpan, markdownTable, markdownText } from './markdown-text.ts';

/** report.md of a run of defects. */
export function renderDefectsMarkdown(result: DefectsResult): string {
  const { question, answer, verdict, reasons, trials, environment, startedAt, durationMs, command } = result;
  const good = trials.filter(({ caughtBy }) => caughtBy === null);
  const broken = trials.filter(({ caughtBy }) => caughtBy !== null);
  const parts = [
    `# ${markdownText(question)}`,
    `**${verdict}**: ${markdownText(answer)}`,
    bulletList(reasons),
    markdownTable(
      ['defect', 'verdict', 'meant to be caught by', 'in', 'witness', 'also caught by'],
      broken.map(brokenRow),
    ),
    markdownTable(['the good server', 'verdict', 'found'], good.map(goodRow)),
    ...errorBlocks(trials),
    `${markdownText(environment.postgres)}, Node ${environment.node}, ${environment.git}; ${formatUtc(startedAt)}, ${formatDuration(durationMs)}; again:`,
    codeSpan(command),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function brokenRow({ defect, verdict, caughtBy, workload, witness, alsoCaughtBy }: TrialResult): readonly string[] {
  return [
    codeSpan(defect),
    verdict,
    codeSpan(caughtBy ?? ''),
    markdownText(workload),
    markdownText(witness),
    alsoCaughtBy.map((name) => codeSpan(name)).join(', '),
  ];
}

/** What of the errors of each trial nothing explains; a defect may show itself there, too. */
function errorBlocks(trials: readonly TrialResult[]): readonly string[] {
  const rows = trials.flatMap(({ defect, workload, unexplainedErrors = [] }) =>
    unexplainedErrors.map(({ source, class: name, unexplained, example }) => [
      codeSpan(defect),
      markdownText(workload),
      source,
      markdownText(name),
      formatCount(unexplained),
      codeSpan(example),
    ]),
  );
  if (rows.length === 0) return ['## Errors', 'No trial had an error that nothing explains.'];
  return [
    '## Errors that nothing explains',
    markdownTable(['defect', 'in', 'source', 'class', 'count:', 'example'], rows),
  ];
}

function goodRow({ workload, verdict, witness }: TrialResult): readonly string[] {
  return [markdownText(workload), verdict, markdownText(witness)];
}
