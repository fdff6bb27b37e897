import * as good from '../sql/settle-messages.ts';
import { alteredStatement } from './composition/altered-statement.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** The first failure makes a message a dead letter, whatever retries its queue grants. */
await startServerWith('sql/settle-messages.ts', good, {
  ackStatement: (items) =>
    alteredStatement(good.ackStatement(items), 'when retries >= retry_limit then', 'when retries >= 0 then'),
});
