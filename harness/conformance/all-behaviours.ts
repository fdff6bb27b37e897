import type { Behaviour } from './behaviour.ts';
import { ACK_BEHAVIOURS } from './behaviours/ack.ts';
import { ACK_BATCH_BEHAVIOURS } from './behaviours/ack-batch.ts';
import { HTTP_BEHAVIOURS } from './behaviours/http.ts';
import { HTTP_RAW_BEHAVIOURS } from './behaviours/http-raw.ts';
import { LEASE_BEHAVIOURS } from './behaviours/leases.ts';
import { MAINTENANCE_BEHAVIOURS } from './behaviours/maintenance.ts';
import { MESSAGE_BEHAVIOURS } from './behaviours/messages.ts';
import { PAYLOAD_AND_NAME_BEHAVIOURS } from './behaviours/payloads-and-names.ts';
import { POP_BEHAVIOURS } from './behaviours/pop.ts';
import { POP_START_BEHAVIOURS } from './behaviours/pop-start.ts';
import { POP_WAITING_BEHAVIOURS } from './behaviours/pop-waiting.ts';
import { PUSH_BEHAVIOURS } from './behaviours/push.ts';
import { PUSH_LEGACY_BEHAVIOURS } from './behaviours/push-legacy.ts';
import { QUEUE_BEHAVIOURS } from './behaviours/queues.ts';
import { STATUS_BEHAVIOURS } from './behaviours/status.ts';
import { TRANSACTION_BEHAVIOURS } from './behaviours/transaction.ts';

/** Everything that makes a server a valid queue, in the order of the report. */
export const ALL_BEHAVIOURS: readonly Behaviour[] = Object.freeze([
  ...PUSH_BEHAVIOURS,
  ...PAYLOAD_AND_NAME_BEHAVIOURS,
  ...PUSH_LEGACY_BEHAVIOURS,
  ...POP_BEHAVIOURS,
  ...POP_START_BEHAVIOURS,
  ...POP_WAITING_BEHAVIOURS,
  ...LEASE_BEHAVIOURS,
  ...ACK_BEHAVIOURS,
  ...ACK_BATCH_BEHAVIOURS,
  ...TRANSACTION_BEHAVIOURS,
  ...QUEUE_BEHAVIOURS,
  ...MESSAGE_BEHAVIOURS,
  ...MAINTENANCE_BEHAVIOURS,
  ...STATUS_BEHAVIOURS,
  ...HTTP_BEHAVIOURS,
  ...HTTP_RAW_BEHAVIOURS,
]);

/**
 * The behaviours whose section, id or text contains the words, in any case; all of them without words. A section's whole
 * name means that section alone: `push` is not push-legacy.
 */
export function selectBehaviours(words: string | undefined, all: readonly Behaviour[]): readonly Behaviour[] {
  if (words === undefined) return all;
  const wanted = words.toLowerCase();
  const ofSection = all.filter(({ section }) => section.toLowerCase() === wanted);
  if (ofSection.length > 0) return ofSection;
  return all.filter((entry) => `${entry.section} ${entry.id} ${entry.text}`.toLowerCase().includes(wanted));
}
