import { alignRows } from '../cli/aligned-rows.ts';
import { type Emphasis, emphasise } from '../cli/terminal-style.ts';
import { truncateText, wrapText } from '../cli/text-width.ts';
import { formatUtc } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import type { ChangedVerdict, ComparedArm, Comparison, Difference, Side } from './comparison.ts';
import { FIGURE_COLUMNS, figureCells } from './figure-cells.ts';

const WIDTH = 100;
const INDENT = '  ';
/** A comparison of long sweeps fits no screen; all of it is in --markdown and --json. */
const SHOWN_CHANGES = 12;

type Paragraph = readonly string[];

/** A comparison as text for a terminal, at most 100 columns wide, without a line break at its end. */
export function renderComparison(comparison: Comparison, colour: boolean): string {
  const { before, after, environment, question, arms, onlyBefore, onlyAfter, checks, expectations, notes } = comparison;
  const only = [...onlyBefore.map((name) => `only before: ${name}`), ...onlyAfter.map((name) => `only after: ${name}`)];
  const paragraphs: readonly Paragraph[] = [
    [...sideLines('before', before), ...sideLines('after', after)],
    titled('What differs', [...environment, ...question].flatMap(differenceLines), colour),
    ...arms.map((arm) => armLines(arm, colour)),
    only.flatMap((line) => wrapped(line)),
    titled('Checks that changed', verdictLines(checks), colour),
    titled('Expectations that changed', verdictLines(expectations), colour),
    notes.flatMap((note) => paint(wrapped(`note: ${note}`), 'quiet', colour)),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function sideLines(name: string, { folder, scenario, startedAt, verdict, git }: Side): Paragraph {
  return wrapped(`${name.padEnd(6)}  ${folder}: ${scenario}, ${formatUtc(startedAt)}, ${verdict}, ${git}`);
}

function armLines(arm: ComparedArm, colour: boolean): Paragraph {
  const { name, parameters, noFigure, figures } = arm;
  const rows = figures.map((figure) => [
    INDENT + truncateText(printable(figure.title), 28),
    ...figureCells(figure, arm),
  ]);
  const [head, ...lines] = alignRows([['', ...FIGURE_COLUMNS], ...rows], [1, 2, 3, 4]);
  return [
    ...paint(wrapped(name), 'strong', colour),
    ...parameters.flatMap(differenceLines),
    ...(['before', 'after'] as const).flatMap((side) =>
      noFigure[side] === null ? [] : paint(wrapped(`no figure ${side}: ${noFigure[side]}`, INDENT), 'warn', colour),
    ),
    ...(figures.length === 0 ? [] : [...paint([head ?? ''], 'quiet', colour), ...lines]),
  ];
}

function differenceLines({ name, before, after }: Difference): Paragraph {
  return wrapped(`${name}: ${before} → ${after}`, INDENT);
}

function verdictLines(changes: readonly ChangedVerdict[]): Paragraph {
  const lines = changes
    .slice(0, SHOWN_CHANGES)
    .flatMap(({ of, before, after }) => wrapped(`${of}: ${before ?? 'none'} → ${after ?? 'none'}`, INDENT));
  const hidden = changes.length - SHOWN_CHANGES;
  return hidden > 0 ? [...lines, `${INDENT}and ${hidden} more`] : lines;
}

function titled(title: string, lines: Paragraph, colour: boolean): Paragraph {
  return lines.length === 0 ? [] : [...paint([title], 'strong', colour), ...lines];
}

function wrapped(text: string, indent = ''): Paragraph {
  return wrapText(printable(text), WIDTH - indent.length, 0).map((line) => indent + line);
}

/** After wrapping, so that no escape sequence is cut or counted. */
function paint(lines: Paragraph, emphasis: Emphasis, colour: boolean): Paragraph {
  return lines.map((line) => emphasise(line, emphasis, colour));
}
