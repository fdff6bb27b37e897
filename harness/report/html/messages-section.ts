import type { Result } from '../result.ts';
import { funnels } from './funnel.ts';
import { html, type Markup } from './markup.ts';

/** Where the messages went. */
export function messagesSection(result: Result): Markup {
  return html`<section aria-labelledby="messages"><h2 id="messages">Messages accounted for</h2>
<p class="note">Every message is followed from the producer to the reply, to the row in PostgreSQL, to a consumer and to its ack; all rounds together, warm-up included. A bar is a share of what was attempted.</p>
${funnels(result)}
</section>`;
}
