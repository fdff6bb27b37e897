/** A fenced block of a page. */
export interface FencedBlock {
  /** Line of the opening fence, counted from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** A command of a block, without its comment; lines that end with a backslash are one. */
export interface DocumentedCommand {
  readonly page: string;
  readonly line: number;
  readonly command: string;
}

const SHELLS = ['sh', 'bash', 'shell', 'console', 'zsh'];

/** The fenced blocks of a page, those in lists too. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly line: number; readonly language: string; readonly lines: string[] } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^\s*```(\S*)\s*$/.exec(text);
    if (fence === null) open?.lines.push(text);
    else if (open === undefined) open = { line: index + 1, language: fence[1] ?? '', lines: [] };
    else {
      blocks.push({ line: open.line, language: open.language, text: open.lines.join('\n') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`the fence of line ${open.line} is never closed`);
  return blocks;
}

/** Every command of the page's shell blocks. */
export function commandsOf(page: string, markdown: string): readonly DocumentedCommand[] {
  return fencedBlocks(markdown)
    .filter(({ language }) => SHELLS.includes(language))
    .flatMap(({ line, text }) => {
      const rows = text.split('\n');
      return rows.flatMap((row, index) => {
        if (rows[index - 1]?.endsWith('\\')) return [];
        const command = wholeLine(rows, row, index)
          .replace(/(^|\s+)#(\s.*|$)/, '')
          .trim();
        return command === '' ? [] : [{ page, line: line + 1 + index, command }];
      });
    });
}

/** A row with those that go on with it. */
function wholeLine(rows: readonly string[], row: string, index: number): string {
  if (!row.endsWith('\\')) return row;
  const next = index + 1;
  return `${row.slice(0, -1).trimEnd()} ${wholeLine(rows, rows[next]?.trim() ?? '', next)}`;
}

/** The page without its fenced blocks and code spans, in which nothing is a link or a heading; lines stay where they are. */
function proseOf(markdown: string): string {
  let isCode = false;
  return markdown
    .split('\n')
    .map((line) => {
      const isFence = /^\s*```/.test(line);
      if (isFence) isCode = !isCode;
      return isCode || isFence ? '' : line;
    })
    .join('\n');
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): readonly string[] {
  const seen = new Map<string, number>();
  return [...proseOf(markdown).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

/** Targets of the page's links and images. */
export function linksOf(markdown: string): readonly { readonly line: number; readonly target: string }[] {
  return proseOf(markdown)
    .split('\n')
    .flatMap((text, index) =>
      [...text.replace(/`[^`]*`/g, (code) => 'x'.repeat(code.length)).matchAll(/\]\(([^()\s]+)\)/g)].map(
        ([, target = '']) => ({
          line: index + 1,
          target,
        }),
      ),
    );
}
