import type { GroupDeliveries } from '../history/delivery-index.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';

/**
 * Whether a message may be a dead letter, so that a group rightly waits for it in vain: the server says so, or, when
 * nobody has looked, its deliveries are used up. A pop whose answer was lost may have been one of them.
 */
export function mayBeDeadLetter(
  { deadLetters, promises }: Pick<RunEvidence, 'deadLetters' | 'promises'>,
  message: number,
  { lostPops }: Pick<GroupDeliveries, 'lostPops'>,
  deliveries: number,
): boolean {
  if (!isMissing(deadLetters)) return (deadLetters.countByMessage[message] ?? 0) > 0;
  return deliveries + lostPops > promises.retryLimit;
}
