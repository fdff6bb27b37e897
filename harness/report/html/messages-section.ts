import { type AccountingTotals, accountingTotals } from '../accounting-totals.ts';
import { formatCount } from '../figure-format.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';
import { type Cell, type Column, table } from './table.ts';

/** Counts that accuse when they are not 0; the others only tell. */
const HARMLESS: readonly string[] = ['recovered', 'rejected', 'indeterminate', 'duplicate', 'buffered', 'failed'];

const COLUMNS: readonly Column[] = [
  { title: 'arm', kind: 'text' },
  { title: 'attempted', kind: 'stage' },
  { title: 'acknowledged', kind: 'stage' },
  { title: 'stored', kind: 'stage' },
  { title: 'delivered', kind: 'stage' },
  { title: 'found', kind: 'wide' },
];

/** Where the messages went. */
export function messagesSection(result: Result): Markup {
  const totals = accountingTotals(result.checks);
  const rows = totals.map((total) => accountingRow(total, result));
  return html`<section aria-labelledby="messages"><h2 id="messages">Messages accounted for</h2>
<p class="note">Every message is followed from the producer to the reply, to the row in PostgreSQL and to the consumer that drains the queue afterwards; all rounds together, warm-up included.</p>
<div class="panel">${rows.length === 0 ? html`<p>No arm has an accounting check.</p>` : table('Messages by stage', COLUMNS, rows)}</div>
</section>`;
}

function accountingRow(total: AccountingTotals, { arms }: Result): readonly Cell[] {
  const colour = armClass(
    Math.max(
      0,
      arms.findIndex(({ name }) => name === total.arm),
    ),
  );
  const stages = [total.attempted, total.acknowledged, total.stored, total.delivered];
  const found = Object.entries(total.others).map(([name, count], index) => {
    const text = `${name} ${formatCount(count)}`;
    const accuses = count > 0 && !HARMLESS.includes(name);
    return html`${index === 0 ? '' : ' · '}${accuses ? html`<b class="bad">${text}</b>` : text}`;
  });
  return [total.arm, ...stages.map((count) => stage(count, total.attempted, colour)), found];
}

/** A count over a bar that shows its share of what was attempted. */
function stage(count: number | null, attempted: number | null, colour: string): Markup {
  if (count === null) return html`<span class="quiet">not counted</span>`;
  const share = attempted === null || attempted === 0 ? 0 : Math.min(1, count / attempted);
  const bar = html`<span class="stage-bar ${colour}" aria-hidden="true"><i style="width:${(share * 100).toFixed(2)}%"></i></span>`;
  return html`${formatCount(count)}${bar}`;
}
