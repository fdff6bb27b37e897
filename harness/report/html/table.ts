import { html, type Markup, type MarkupValue } from './markup.ts';

/** A column's title and how its cells are set. */
export interface Column {
  readonly title: string;
  readonly kind: 'text' | 'number' | 'wide' | 'stage' | 'centre';
}

/** A cell that takes several columns: a reason in the place of figures. */
export interface Span {
  readonly columns: number;
  readonly content: MarkupValue;
}

export type Cell = MarkupValue | Span;

/**
 * A table whose first column names the rows. It scrolls sideways inside itself on a narrow screen, by keyboard too; `label`
 * tells screen readers what it holds.
 */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Markup {
  const head = columns.map(({ title, kind }) => html`<th scope="col" class="${kind}">${title}</th>`);
  const body = rows.map((cells) => html`<tr>${rowCells(columns, cells)}</tr>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}

function rowCells(columns: readonly Column[], cells: readonly Cell[]): readonly Markup[] {
  let column = 0;
  return cells.map((cell) => {
    const at = column;
    const kind = columns[at]?.kind ?? 'text';
    if (isSpan(cell)) {
      column += cell.columns;
      return html`<td colspan="${cell.columns}">${cell.content}</td>`;
    }
    column += 1;
    return at === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${kind}">${cell}</td>`;
  });
}

function isSpan(cell: Cell): cell is Span {
  return typeof cell === 'object' && 'columns' in cell;
}
