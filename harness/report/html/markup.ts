import { visible } from '../printable.ts';

/** A piece of HTML that was made by {@link html}: everything from outside in it is escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type MarkupValue = Markup | string | number | undefined | readonly MarkupValue[];

const ENTITIES: Readonly<Record<string, string>> = Object.freeze({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
});

/**
 * Tag for HTML templates. Escaping is not something to remember: every value is escaped, in text and in quoted attributes,
 * unless it is Markup itself. Lists are joined; undefined is nothing.
 */
export function html(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + markupText(values[index - 1]) + string));
}

function markupText(value: MarkupValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(markupText).join('');
  return escapeHtml(String(value));
}

/** Also what is no markup but acts like it: direction marks and control characters. */
function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** A value as a script block of type application/json; no text in it can end the block or begin a comment. */
export function jsonBlock(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return html`<script type="application/json" id="${id}">${new Markup(json)}</script>`;
}
