import * as good from '../queue/push-transaction.ts';
import { UuidV7Generator } from '../queue/uuid-v7.ts';
import { startServerWith } from './composition/start-server-with.ts';

const ids = new UuidV7Generator(Date.now);
let transactions = 0;

/**
 * A statement whose reply was lost is repeated although it was committed, and the repetition is stored as well. One
 * transaction in 50 is treated as if its reply was lost; other ids take it past the unique index.
 */
await startServerWith('queue/push-transaction.ts', good, {
  runPushTransaction: async (pool, chunks) => {
    const outcomes = await good.runPushTransaction(pool, chunks);
    transactions += 1;
    if (transactions % 50 > 0) return outcomes;
    return await good.runPushTransaction(
      pool,
      chunks.map((chunk) => ({
        ...chunk,
        messages: chunk.messages.map((message) => ({
          ...message,
          id: ids.generate(),
          transactionId: `${message.transactionId} again`,
        })),
      })),
    );
  },
});
