import { ERROR_SOURCES } from '../checkers/judged-errors.ts';
import {
  type ArmError,
  armErrorList,
  errorSentence,
  errorsByFault,
  errorsBySource,
  lookedSentence,
  momentText,
  signOfError,
} from './error-figure.ts';
import type { ErrorClassRecord, ErrorReport } from './error-record.ts';
import { formatCount, formatDuration, formatUtc } from './figure-format.ts';
import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import type { Result } from './result.ts';

/** The file beside the report that has all errors. */
export const ERRORS_FILE = 'errors.md';

/** A report has the first classes; the file of errors has all. */
const SHOWN_CLASSES = 8;

/** The errors of a report in short: the sentence, the first classes, and where the rest is. */
export function errorBlocks(result: Result): readonly string[] {
  const list = armErrorList(result);
  const hidden = list.length - SHOWN_CLASSES;
  const more = hidden > 0 ? `${hidden} more classes, and all of them` : 'All of them';
  return [
    '## Errors',
    `${errorSentence(list)} ${markdownText(lookedSentence(result))}`.trim(),
    list.length === 0 ? '' : classTable(list.slice(0, SHOWN_CLASSES), result),
    list.length === 0 ? '' : `${more} by source, by fault and over time: [${ERRORS_FILE}](${ERRORS_FILE}).`,
  ];
}

/** errors.md: every error of a result by source and class, by arm, by fault and over time. */
export function renderErrorsMarkdown(result: Result): string {
  const list = armErrorList(result);
  const blocks = [
    `# Errors: ${markdownText(result.question)}`,
    `**${errorSentence(list)}** ${markdownText(lookedSentence(result))}`.trim(),
    `Scenario ${codeSpan(result.scenario)}, ${formatUtc(result.startedAt)}, took ${formatDuration(result.durationMs)}. [The report](report.md).`,
    ...(list.length === 0 ? [] : ['## By class', HOW_TO_READ, classTable(list, result)]),
    ...sourceBlocks(result),
    ...faultBlocks(result),
    ...timeBlocks(result),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

const HOW_TO_READ =
  'Unexplained errors come first. Times count from the start of the measured window. An error is explained when the checks of this run excuse it: it is one that a fault then in force must cause.';

function classTable(list: readonly ArmError[], { arms }: Result): string {
  const hasArms = arms.length > 1;
  const rows = list.map(({ arm, error }) => {
    const { symbol, word } = signOfError(error);
    return [
      ...(hasArms ? [codeSpan(arm.name)] : []),
      error.source,
      error.kind,
      markdownText(error.class),
      formatCount(error.count),
      momentText(error.first, arm),
      momentText(error.last, arm),
      `${symbol} ${word}`,
      error.example === '' ? '' : codeSpan(error.example),
    ];
  });
  const head = ['source', 'kind', 'class', 'count:', 'first:', 'last:', 'expected', 'example'];
  return markdownTable(hasArms ? ['arm', ...head] : head, rows);
}

function sourceBlocks(result: Result): readonly string[] {
  const rows = errorsBySource(result).map(({ arm, counts, all, unexplained }) => [
    codeSpan(arm),
    ...counts.map((count) => (count === undefined ? 'not seen' : formatCount(count))),
    formatCount(all),
    formatCount(unexplained),
  ]);
  const head = ['arm', ...ERROR_SOURCES.map((source) => `${source}:`), 'all:', 'unexplained:'];
  return rows.length === 0 ? [] : ['## By arm and source', markdownTable(head, rows)];
}

function faultBlocks(result: Result): readonly string[] {
  const rows = errorsByFault(result).map(({ arm, round, fault, when, count, classes }) => [
    codeSpan(arm),
    round,
    markdownText(fault),
    when,
    formatCount(count),
    markdownText(classes),
  ]);
  if (rows.length === 0) return [];
  return [
    '## By fault',
    'A fault is in force from when it was begun until 10 s after it was healed, the time a sound server may need to be itself again.',
    markdownTable(['arm', 'round:', 'fault', 'in effect', 'errors:', 'most of them'], rows),
  ];
}

function timeBlocks({ arms }: Result): readonly string[] {
  const rows = arms.flatMap(({ name, errorReport }) =>
    errorReport === undefined
      ? []
      : errorReport.classes.flatMap((error) =>
          error.overTime.map((ofRound) => [
            codeSpan(name),
            `${error.source}: ${markdownText(error.class)}`,
            String(ofRound.round),
            codeSpan(sparkline(ofRound, errorReport)),
            formatCount(peakPerS(ofRound, errorReport)),
          ]),
        ),
  );
  if (rows.length === 0) return [];
  return [
    '## Over time',
    'From the first request to the last error of any kind, left to right.',
    markdownTable(['arm', 'class', 'round:', 'errors', 'most per second:'], rows),
  ];
}

const SPARKS = '▁▂▃▄▅▆▇█';
const SPARK_LENGTH = 40;

/** A line of blocks, each as high as its share of the highest; a dot where there was none. */
function sparkline({ from, counts }: ErrorClassRecord['overTime'][number], { buckets }: ErrorReport): string {
  const length = Math.min(SPARK_LENGTH, buckets);
  const cells = Array.from({ length }, () => 0);
  for (const [index, count] of counts.entries()) {
    const cell = Math.floor(((from + index) * length) / buckets);
    cells[cell] = (cells[cell] ?? 0) + count;
  }
  const highest = Math.max(...cells);
  return cells
    .map((count) => (count === 0 ? '·' : (SPARKS[Math.ceil((count / highest) * SPARKS.length) - 1] ?? '')))
    .join('');
}

function peakPerS({ counts }: ErrorClassRecord['overTime'][number], { bucketMs }: ErrorReport): number {
  return Math.ceil((Math.max(...counts) * 1000) / bucketMs);
}
