import { printable } from './printable.ts';

/** Text from outside as Markdown text: on one line, and nothing in it acts as markup, HTML or a link. */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]()#+!~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** Text from outside as a code span. It stays on one line; the fence is longer than any run of backticks in it. */
export function codeSpan(text: string): string {
  const line = printable(text);
  const runs = line.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1);
  const padding = runs.length > 0 || line === '' ? ' ' : '';
  return `${fence}${padding}${line}${padding}${fence}`;
}

/** A table; cells are Markdown already, a bar in them is escaped here. A title that ends in `:` sets its column to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeBars).join(' | ')} |`;
  const titles = head.map((title) => title.replace(/:$/, ''));
  const rule = head.map((title) => (title.endsWith(':') ? '---:' : '---'));
  return [line(titles), line(rule), ...rows.map(line)].join('\n');
}

/** A backslash that stands before a bar in a code span would undo the bar's own; a blank keeps them apart. */
function escapeBars(cell: string): string {
  return cell.replace(/(\\*)\|/g, (_, run: string) => `${run}${run.length % 2 === 1 ? ' ' : ''}\\|`);
}

/** One bullet for each text from outside; empty for none. */
export function bulletList(texts: readonly string[]): string {
  return texts.map((text) => `- ${markdownText(text)}`).join('\n');
}
