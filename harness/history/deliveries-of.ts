import { type ConsumerHistory, SETTLE_OUTCOME_CODE, SETTLEMENT_CODE, STRANGER } from './consumer-history.ts';
import {
  type Acknowledgements,
  type Consumption,
  type CountedExamples,
  type Deliveries,
  WITNESS_LIMIT,
} from './evidence.ts';
import { ExampleCollector } from './example-collector.ts';
import type { Ledger } from './ledger.ts';
import { formatTransactionId } from './message-identity.ts';

const MOST_COUNTED = 255;

/** What the consumers of one group received, by message; `partitionName` names partitions in examples. */
export function deliveriesOf(
  { history, drained, unexpected, altered }: Consumption,
  ledger: Ledger,
  partitionName: (partition: number) => string,
): Deliveries {
  const countByMessage = new Uint8Array(ledger.messages);
  const positionByMessage = new Uint32Array(ledger.messages);
  const deliveredByPartition = new Map<number, number>();
  const [misrouted, neverSent] = [new ExampleCollector(), new ExampleCollector()];
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const message = history.message(delivery);
    if (message >= ledger.messages) {
      if (message !== STRANGER) neverSent.add(() => `${formatTransactionId(ledger.runId, message)} was never sent`);
      continue;
    }
    const partition = history.partition(delivery);
    const count = countByMessage[message] ?? 0;
    if (count < MOST_COUNTED) countByMessage[message] = count + 1;
    if (count === 0) {
      const position = (deliveredByPartition.get(partition) ?? 0) + 1;
      deliveredByPartition.set(partition, position);
      positionByMessage[message] = position;
    }
    const sentTo = ledger.partition(ledger.requestOf(message));
    if (sentTo !== partition) {
      const name = formatTransactionId(ledger.runId, message);
      misrouted.add(
        () => `${name}, pushed to ${partitionName(sentTo)}, was delivered from ${partitionName(partition)}`,
      );
    }
  }
  return {
    countByMessage,
    positionByMessage,
    delivered: history.deliveries,
    unexpected: sum(unexpected, neverSent.result()),
    altered,
    misrouted: misrouted.result(),
    complete: drained.every((end) => end === true),
    durationMs: durationMs(history),
  };
}

/** What the consumers of one group acknowledged and were answered. */
export function acknowledgementsOf({ history }: Consumption, ledger: Ledger): Acknowledgements {
  const ackedUs = new Float64Array(ledger.messages);
  const [refused, redelivered] = [new ExampleCollector(), new ExampleCollector()];
  let sent = 0;
  let completed = 0;
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    const pop = history.popOf(delivery);
    const message = history.message(delivery);
    const name = () => (message === STRANGER ? 'a stranger' : formatTransactionId(ledger.runId, message));
    const before = ackedUs[message] ?? 0;
    if (before > 0 && before < history.completedUs(pop)) {
      redelivered.add(() => `${name()} came again after its ack was completed`);
    }
    if (history.settlementCode(pop) !== SETTLEMENT_CODE.ack || history.settleStatus(pop) === 0) continue;
    sent += 1;
    if (history.outcomeCode(delivery) === SETTLE_OUTCOME_CODE.completed) {
      completed += 1;
      if (before === 0 && message < ledger.messages) ackedUs[message] = history.settleCompletedUs(pop);
    } else {
      refused.add(() => `the ack of ${name()} was not completed, but answered HTTP ${history.settleStatus(pop)}`);
    }
  }
  return { sent, completed, refused: refused.result(), redelivered: redelivered.result() };
}

function sum(some: CountedExamples, others: CountedExamples): CountedExamples {
  const examples = [...some.examples, ...others.examples].slice(0, WITNESS_LIMIT);
  return { count: some.count + others.count, examples };
}

function durationMs(history: ConsumerHistory): number {
  let lastUs = 0;
  for (let pop = 0; pop < history.pops; pop += 1) lastUs = Math.max(lastUs, history.completedUs(pop));
  return history.pops === 0 ? 0 : Math.max(0, lastUs - history.invokedUs(0)) / 1_000;
}
