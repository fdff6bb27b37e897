import * as good from '../sql/complete-deliveries.ts';
import { alteredStatement } from './composition/altered-statement.ts';
import { startServerWith } from './composition/start-server-with.ts';

let statements = 0;

/**
 * docs/defects.md, 8: an ack sets the cursor to the message it names last, whatever was settled beyond it, and what was
 * settled is delivered again. One statement in 20 sees its acks in such an order that the first message is the last.
 */
await startServerWith('sql/complete-deliveries.ts', good, {
  completeDeliveriesStatement: (deliveries) => {
    const statement = good.completeDeliveriesStatement(deliveries);
    statements += 1;
    if (statements % 20 > 0) return statement;
    return alteredStatement(statement, 'cursor_seq = upper(c.lease_seqs) - 1', 'cursor_seq = lower(c.lease_seqs)');
  },
});
