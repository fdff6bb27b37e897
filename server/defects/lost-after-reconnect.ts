import * as good from '../queue/push-transaction.ts';
import { classifyFailure } from '../sql/sqlstate.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * Pushes that are under way when their connection dies are dropped, and answered as if they had been stored.
 */
await startServerWith('queue/push-transaction.ts', good, {
  runPushTransaction: async (pool, chunks) => {
    try {
      return await good.runPushTransaction(pool, chunks);
    } catch (error) {
      if (classifyFailure(error) !== 'outage') throw error;
      return chunks.map(({ messages }) => messages.map(() => ({ status: 'queued' })));
    }
  },
});
