import { formatCount } from '../figure-format.ts';
import type { Result } from '../result.ts';
import { funnels } from './funnel.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

/** Where the messages went, and the errors the producers saw. */
export function messagesSection(result: Result): Markup {
  return html`<section aria-labelledby="messages"><h2 id="messages">Messages accounted for</h2>
<p class="note">Every message is followed from the producer to the reply, to the row in PostgreSQL, to a consumer and to its ack; all rounds together, warm-up included. A bar is a share of what was attempted.</p>
${funnels(result)}
${errors(result)}
</section>`;
}

function errors({ arms }: Result): Markup {
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    { title: 'class', kind: 'text' },
    { title: 'count', kind: 'number' },
    { title: 'example', kind: 'wide' },
  ];
  const rows = arms.flatMap(({ name, errors: classes }) =>
    classes.map((error) => [
      name,
      error.class,
      formatCount(error.count),
      error.example === undefined ? '–' : html`<code>${error.example}</code>`,
    ]),
  );
  return html`<div class="panel"><h3>Errors seen by the producers</h3>${
    rows.length === 0 ? html`<p>None.</p>` : table('Errors by arm and class', columns, rows)
  }</div>`;
}
