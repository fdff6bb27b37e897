import type { AsyncQueueManager } from '../queue/async-queue-manager.ts';
import type { NewMessage } from '../queue/message.ts';
import { DecryptionError, type PayloadCipher } from '../queue/payload-cipher.ts';
import { PushOutageError } from '../queue/push-outage-error.ts';
import type { MessageOutcome } from '../queue/push-transaction.ts';
import { decodeMessage, RecordError } from './record.ts';
import type { ReplayOutcome } from './services.ts';

/** Where a decoded record stood, and its message in clear. */
interface Replayed {
  readonly index: number;
  readonly message: NewMessage;
}

/**
 * Stores buffered records, in order within each partition; outcomes in the order of the records. It goes past everything
 * that could hold a new push back, maintenance and the queue's `maxSize`: what was answered `buffered` must be stored. A
 * record that is stored already is recognised by its transaction and message id.
 */
export async function replayRecords(
  records: readonly string[],
  manager: AsyncQueueManager,
  cipher: PayloadCipher | undefined,
): Promise<readonly ReplayOutcome[]> {
  const outcomes = new Array<ReplayOutcome>(records.length).fill({ status: 'unavailable' });
  const queues = new Map<string, Map<string, Replayed[]>>();
  for (const [index, text] of records.entries()) {
    try {
      const { queue, partition, message, encrypted } = decodeMessage(text);
      const partitions = queues.get(queue) ?? new Map<string, Replayed[]>();
      const group = partitions.get(partition) ?? [];
      group.push({ index, message: encrypted ? decrypted(message, cipher) : message });
      queues.set(queue, partitions.set(partition, group));
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof DecryptionError)) throw error;
      outcomes[index] = { status: 'failed', reason: error.message };
    }
  }
  const groups = [...queues].flatMap(([queue, partitions]) =>
    [...partitions].map(([partition, group]) => ({ queue, partition, group })),
  );
  await Promise.all(
    groups.map(async ({ queue, partition, group }) => {
      const stored = await storeGroup(manager, queue, partition, group);
      for (const [position, { index }] of group.entries())
        outcomes[index] = stored[position] ?? { status: 'unavailable' };
    }),
  );
  return outcomes;
}

async function storeGroup(
  manager: AsyncQueueManager,
  queue: string,
  partition: string,
  group: readonly Replayed[],
): Promise<readonly ReplayOutcome[]> {
  try {
    const messages = group.map(({ message }) => message);
    return (await manager.pushMessagesBatch(queue, partition, messages)).map(toReplayOutcome);
  } catch (error) {
    if (error instanceof PushOutageError) return group.map(() => ({ status: 'unavailable' }));
    const reason = error instanceof Error ? error.message : String(error);
    return group.map(() => ({ status: 'retry', reason }));
  }
}

function toReplayOutcome(outcome: MessageOutcome): ReplayOutcome {
  switch (outcome.status) {
    case 'queued':
      return { status: 'stored' };
    case 'duplicate':
      return { status: 'duplicate' };
    case 'failed':
      return { status: outcome.transient ? 'retry' : 'failed', reason: outcome.error };
    case 'stale':
      return { status: 'retry', reason: 'The queue changed while the message was stored.' };
  }
}

function decrypted(message: NewMessage, cipher: PayloadCipher | undefined): NewMessage {
  if (cipher === undefined)
    throw new DecryptionError('The record is encrypted and the server has no QUEEN_ENCRYPTION_KEY.');
  return { ...message, payload: cipher.decrypt(message.payload) };
}
