import * as good from '../queue/async-queue-manager.ts';
import type { Chunk } from '../queue/chunk.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * docs/defects.md, 18: one row that PostgreSQL refuses fails all requests that share its transaction. What it refuses
 * here is an id that comes twice.
 */
class FusedManager extends good.AsyncQueueManager {
  override async pushMessagesChunk(chunks: readonly Chunk[]): Promise<readonly (readonly MessageOutcome[])[]> {
    const hasTwins = chunks.some(
      ({ messages }) => new Set(messages.map(({ transactionId }) => transactionId)).size < messages.length,
    );
    if (!hasTwins) return await super.pushMessagesChunk(chunks);
    const error = 'duplicate key value violates unique constraint "messages_transaction_key"';
    return chunks.map(({ messages }) => messages.map(() => ({ status: 'failed', error })));
  }
}

await startServerWith('queue/async-queue-manager.ts', good, { AsyncQueueManager: FusedManager });
