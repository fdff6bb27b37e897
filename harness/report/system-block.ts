import { codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import type { Result } from './result.ts';
import { SYSTEM_COLUMNS, systemFigures, unwatched } from './system-figure.ts';

/** How the system was under load, as blocks of Markdown; none when nobody watched it. */
export function systemBlocks(result: Result): readonly string[] {
  const rows = systemFigures(result).map((figure) => [
    codeSpan(figure.arm),
    ...SYSTEM_COLUMNS.map(({ key }) => markdownText(figure[key])),
  ]);
  const absent = unwatched(result).map(markdownText);
  if (rows.length === 0 && absent.length === 0) return [];
  return [
    '### The system under load',
    rows.length === 0 ? '' : markdownTable(['arm', ...SYSTEM_COLUMNS.map(({ title }) => `${title}:`)], rows),
    rows.length === 0
      ? ''
      : 'Median / peak. CPU: cores of server · PostgreSQL · load generator. Memory: MiB of server · PostgreSQL.',
    absent.length === 0 ? '' : `Not watched: ${absent.join('; ')}.`,
  ];
}
