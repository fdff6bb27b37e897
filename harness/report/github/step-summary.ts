import { armTable } from '../arm-table-block.ts';
import { checkItem, expectationItem } from '../check-block.ts';
import { renderDefectsMarkdown } from '../defects-markdown.ts';
import type { DefectsResult } from '../defects-result.ts';
import { formatDuration } from '../figure-format.ts';
import { bulletList, codeSpan, markdownText } from '../markdown-text.ts';
import { ratioBlocks } from '../ratio-block.ts';
import type { CheckRecord, Result } from '../result.ts';
import { meaningOfResult, signOfResult } from '../verdict-sign.ts';

/** Several scenarios may write into the 1 MiB of one step. */
const MOST_BYTES = 128 * 1024;
const SHOWN = Object.freeze({ arms: 60, ratios: 30, checks: 20, witnesses: 2, expectations: 30, reasons: 10 });
const LONGEST_WITNESS = 400;

/** The result of a run as Markdown for the summary page of a workflow run; `folder` is where the report is. */
export function renderStepSummary(result: Result, folder: string): string {
  const { arms, ratios, checks, expectations, reasons, verdict } = result;
  const sign = signOfResult(verdict);
  const notValid = checks.filter((check) => check.verdict !== 'valid');
  const open = expectations.filter(({ met }) => met !== true);
  return fitted(
    [
      `## ${sign.symbol} ${markdownText(result.scenario)}: ${sign.word}`,
      markdownText(result.question),
      `**${markdownText(result.answer)}**`,
      `${meaningOfResult(verdict)} ${checks.length - notValid.length} of ${checks.length} checks are valid; it took ${formatDuration(result.durationMs)}, exit code ${result.exitCode}.`,
      listed(reasons, SHOWN.reasons, (shown) => bulletList(shown)),
      arms.length === 0 ? '' : listed(arms, SHOWN.arms, (shown) => armTable(shown, result)),
      listed(ratios, SHOWN.ratios, (shown) => ratioBlocks(shown, arms).join('\n\n')),
      listed(notValid, SHOWN.checks, (shown) => ['### Checks that are not valid', items(shown)].join('\n\n')),
      listed(open, SHOWN.expectations, (shown) =>
        ['### Expectations that are not met', shown.map(expectationItem).join('\n')].join('\n\n'),
      ),
    ],
    [whereIs(folder, 'report.html'), `Again: ${codeSpan(result.command)}`],
  );
}

/** The same of a run of defects. */
export function renderDefectsStepSummary(result: DefectsResult, folder: string): string {
  return fitted(renderDefectsMarkdown(result).trimEnd().replace(/^# /, '## ').split('\n\n'), [
    whereIs(folder, 'report.md'),
  ]);
}

function whereIs(folder: string, page: string): string {
  return `The whole report is in ${codeSpan(folder)}: open ${codeSpan(page)} of the uploaded artefact; ${codeSpan('result.json')} is for scripts.`;
}

function items(checks: readonly CheckRecord[]): string {
  const brief = checks.map((check) => ({ ...check, witness: check.witness.slice(0, SHOWN.witnesses).map(cut) }));
  return brief.map(checkItem).join('\n');
}

function cut(text: string): string {
  return text.length > LONGEST_WITNESS ? `${text.slice(0, LONGEST_WITNESS).toWellFormed()}…` : text;
}

/** Nothing for none; of more than `most` the first, and how many are left out. */
function listed<Item>(all: readonly Item[], most: number, render: (shown: readonly Item[]) => string): string {
  if (all.length === 0) return '';
  const rest = all.length > most ? `\n\nand ${all.length - most} more in the report` : '';
  return render(all.slice(0, most)) + rest;
}

/** Blocks as long as they fit, then `ending` in any case: names and words from outside may have any length. */
function fitted(blocks: readonly string[], ending: readonly string[]): string {
  const told = ending.map(cutBlock);
  let room = MOST_BYTES - Buffer.byteLength(told.join('\n\n'));
  const kept: string[] = [];
  for (const block of blocks.filter((text) => text !== '')) {
    room -= Buffer.byteLength(block) + 2;
    if (room < 0) {
      kept.push('…and more in the report.');
      break;
    }
    kept.push(block);
  }
  return `${[...kept, ...told].join('\n\n')}\n`;
}

/** A command line or a path that is longer than this is no help on a page. */
function cutBlock(text: string): string {
  return text.length > 4_000 ? `${text.slice(0, 4_000).toWellFormed()}…` : text;
}
