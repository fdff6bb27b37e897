import { formatUtc } from '../report/figure-format.ts';
import { bulletList, codeSpan, markdownTable, markdownText } from '../report/markdown-text.ts';
import type { ChangedVerdict, ComparedArm, Comparison, Difference, Side } from './comparison.ts';
import { FIGURE_COLUMNS, figureCells } from './figure-cells.ts';

/** A comparison as GitHub-flavoured Markdown. Everything from outside is escaped. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const { before, after, environment, question, arms, onlyBefore, onlyAfter, checks, expectations, notes } = comparison;
  const blocks = [
    `# ${markdownText(after.scenario)}: before and after`,
    markdownTable(['', 'report', 'started', 'verdict', 'git'], [sideRow('before', before), sideRow('after', after)]),
    ...titled('What differs', differenceTable([...environment, ...question])),
    ...arms.flatMap(armBlocks),
    bulletList([
      ...onlyBefore.map((name) => `only before: ${name}`),
      ...onlyAfter.map((name) => `only after: ${name}`),
    ]),
    ...titled('Checks that changed', verdictTable(checks)),
    ...titled('Expectations that changed', verdictTable(expectations)),
    bulletList(notes),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function sideRow(name: string, { folder, startedAt, verdict, git }: Side): readonly string[] {
  return [name, codeSpan(folder), formatUtc(startedAt), markdownText(verdict), markdownText(git)];
}

function armBlocks(arm: ComparedArm): readonly string[] {
  const { name, parameters, noFigure, figures } = arm;
  const reasons = (['before', 'after'] as const).flatMap((side) =>
    noFigure[side] === null ? [] : [`no figure ${side}: ${noFigure[side]}`],
  );
  const head = ['', ...FIGURE_COLUMNS.map((title, index) => (index < 4 ? `${title}:` : title))];
  const rows = figures.map((figure) => [markdownText(figure.title), ...figureCells(figure, arm)]);
  return [
    `## ${codeSpan(name)}`,
    differenceTable(parameters),
    bulletList(reasons),
    rows.length === 0 ? '' : markdownTable(head, rows),
  ];
}

function differenceTable(differences: readonly Difference[]): string {
  if (differences.length === 0) return '';
  const rows = differences.map(({ name, before, after }) => [name, before, after].map(markdownText));
  return markdownTable(['', 'before', 'after'], rows);
}

function verdictTable(changes: readonly ChangedVerdict[]): string {
  if (changes.length === 0) return '';
  const rows = changes.map(({ of, before, after }) => [markdownText(of), before ?? 'none', after ?? 'none']);
  return markdownTable(['', 'before', 'after'], rows);
}

function titled(title: string, block: string): readonly string[] {
  return block === '' ? [] : [`## ${title}`, block];
}
