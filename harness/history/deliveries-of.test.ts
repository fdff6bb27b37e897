import { expect, test } from 'vitest';
import { ConsumerHistory, NO_PARTITION, type SettleOutcome, STRANGER } from './consumer-history.ts';
import { acknowledgementsOf, deliveriesOf } from './deliveries-of.ts';
import type { Consumption } from './evidence.ts';
import { Ledger } from './ledger.ts';

const NONE = { count: 0, examples: [] };

/** Messages 0 and 1 to partition 0, 2 and 3 to partition 1. */
function sent(): Ledger {
  const ledger = new Ledger('r1');
  for (const partition of [0, 1]) ledger.open({ producer: 0, partition, messages: 2, invokedUs: partition });
  return ledger;
}

interface Told {
  readonly atUs: number;
  readonly messages: readonly number[];
  readonly partition: number;
  readonly outcome?: SettleOutcome;
  readonly settleStatus?: number;
}

/** Pops that took ten microseconds, and as long to be acknowledged. */
function consumption(pops: readonly Told[], more: Partial<Consumption> = {}): Consumption {
  const history = new ConsumerHistory(['']);
  for (const { atUs, messages, partition, outcome = 'completed', settleStatus = 200 } of pops) {
    const pop = history.openPop({ consumer: 0, group: 0, invokedUs: atUs });
    history.completePop(pop, { completedUs: atUs + 10, httpStatus: 200, leaseId: `lease ${atUs}` });
    history.openSettlement(pop, 'ack', atUs + 10);
    history.completeSettlement(pop, atUs + 20, settleStatus);
    for (const message of messages) history.setOutcome(history.deliver(pop, message, partition), outcome);
  }
  return { history, drained: [true], unexpected: NONE, altered: NONE, malformed: NONE, ...more };
}

const nameOf = (partition: number) => `p${partition}`;

test('counts, positions and strays by message', () => {
  const told = consumption(
    [
      { atUs: 0, partition: 0, messages: [1, 0, STRANGER] },
      { atUs: 100, partition: 1, messages: [3, 3, 4] },
      { atUs: 200, partition: NO_PARTITION, messages: [2] },
    ],
    { unexpected: { count: 1, examples: ['"x"'] } },
  );
  expect(deliveriesOf(told, sent(), nameOf)).toMatchObject({
    countByMessage: Uint8Array.of(1, 1, 1, 2),
    positionByMessage: Uint32Array.of(2, 1, 1, 1),
    delivered: 7,
    unexpected: { count: 2, examples: ['"x"', 'r1-4 was never sent'] },
    misrouted: { count: 1, examples: ['r1-2, pushed to p1, was delivered from p65535'] },
    complete: true,
    durationMs: 0.21,
  });
  expect(deliveriesOf({ ...told, drained: [true, 'why'] }, sent(), nameOf).complete).toBe(false);
});

test('acks that were answered, those that were not completed, and messages that came after their ack', () => {
  const told = consumption([
    { atUs: 0, partition: 0, messages: [0, 1] },
    { atUs: 100, partition: 0, messages: [1] },
    { atUs: 200, partition: 1, messages: [2], outcome: 'refused' },
    { atUs: 300, partition: 1, messages: [2], outcome: 'indeterminate', settleStatus: 500 },
    { atUs: 400, partition: 1, messages: [3], outcome: 'indeterminate', settleStatus: 0 },
  ]);
  expect(acknowledgementsOf(told, sent())).toEqual({
    sent: 5,
    completed: 3,
    refused: {
      count: 2,
      examples: [
        'the ack of r1-2 was not completed, but answered HTTP 200',
        'the ack of r1-2 was not completed, but answered HTTP 500',
      ],
    },
    redelivered: { count: 1, examples: ['r1-1 came again after its ack was completed'] },
  });
});

test('counts saturate instead of starting again', () => {
  const told = consumption([{ atUs: 0, partition: 0, messages: Array.from({ length: 600 }, () => 0) }]);
  expect(deliveriesOf(told, sent(), nameOf)).toMatchObject({ countByMessage: Uint8Array.of(255, 0, 0, 0) });
});
