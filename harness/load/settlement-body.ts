import type { PoppedMessage } from '../target/decode-pop-reply.ts';
import type { SettleWord } from './consumption-record.ts';

/** Body of an acknowledgement of all messages of a reply. One lease holds for all of them; `completed` is what an acknowledgement means that names no status. */
export function settlementBody(messages: readonly PoppedMessage[], word: SettleWord, group: string): string {
  const status = word === 'completed' ? {} : { status: word };
  const acknowledgments = messages.map(({ transactionId, partitionId }) => ({ transactionId, partitionId, ...status }));
  const consumerGroup = group === '' ? {} : { consumerGroup: group };
  return JSON.stringify({ leaseId: messages[0]?.leaseId, ...consumerGroup, acknowledgments });
}
