import * as good from '../sql/pop-messages.ts';
import { alteredStatement } from './composition/altered-statement.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * docs/defects.md, 2: messages are locked to be read, and those that somebody else has locked are skipped; the cursor
 * passes them. Two groups that pop one partition at the same time do that to each other.
 */
await startServerWith('sql/pop-messages.ts', good, {
  popMessagesStatement: (source, options) =>
    alteredStatement(
      good.popMessagesStatement(source, options),
      'order by m.seq\n        limit $2',
      'order by m.seq limit $2 for update of m skip locked',
    ),
});
