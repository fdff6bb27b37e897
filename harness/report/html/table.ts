import { html, type Markup, type MarkupValue } from './markup.ts';

/** A column's title and how its cells are set. */
export interface Column {
  readonly title: string;
  readonly kind: 'text' | 'number' | 'wide' | 'stage' | 'centre';
}

/** A cell that takes several columns: a reason in the place of figures. */
interface Span {
  readonly columns: number;
  readonly content: MarkupValue;
}

export type Cell = MarkupValue | Span;

/**
 * A table whose first column names the rows. On a narrow screen the style sheet makes each row a card, with the column's
 * title before each value; the roles keep it a table for screen readers even then. `label` tells them what it holds.
 */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup {
  const head = columns.map(
    ({ title, kind }) => html`<th scope="col" role="columnheader" class="${kind}">${title}</th>`,
  );
  const body = rows.map((cells) => html`<tr role="row">${rowCells(columns, cells)}</tr>`);
  return html`<div class="scroll"><table role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${body}</tbody>
</table></div>`;
}

function rowCells(columns: readonly Column[], cells: readonly Cell[]): readonly Markup[] {
  let next = 0;
  return cells.map((cell) => {
    const column = columns[next];
    const isFirst = next === 0;
    next += isSpan(cell) ? cell.columns : 1;
    if (isSpan(cell)) return html`<td role="cell" class="span" colspan="${cell.columns}">${cell.content}</td>`;
    if (isFirst) return html`<th scope="row" role="rowheader">${cell}</th>`;
    return html`<td role="cell" class="${column?.kind}" data-label="${column?.title}"><div>${cell}</div></td>`;
  });
}

function isSpan(cell: Cell): cell is Span {
  return typeof cell === 'object' && 'columns' in cell;
}
