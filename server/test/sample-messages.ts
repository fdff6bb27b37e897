import type { NewMessage } from '../queue/message.ts';
import type { KnownPartition } from '../queue/partition-directory.ts';

/** A message whose transaction id and payload are this name. */
export function messageOf(name: string, payload = JSON.stringify(name)): NewMessage {
  return { id: { bytes: Buffer.alloc(16), text: name }, transactionId: name, traceId: undefined, payload };
}

export function partitionOf(number: number, queueVersion = 1): KnownPartition {
  return {
    queue: 'q',
    partition: `p${number}`,
    id: BigInt(number),
    queueVersion,
    options: { encryptionEnabled: false, maxSize: 0 },
    wakeKeys: [],
  };
}
