/** What it costs to take down a message that is pushed or delivered, beside everything else a load does. */
import { ConsumerHistory } from '../history/consumer-history.ts';
import { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { ErrorTally } from '../load/error-tally.ts';
import { judgeReply } from '../load/judge-reply.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import { printReading } from './reading.ts';
import { messageIds, SAMPLE_RUN_ID } from './sample-run.ts';
import { timeTask } from './timed-task.ts';

const BATCHES = [100, 1] as const;
/** Messages of one iteration: enough for the columns to grow as they do in a load. */
const MESSAGES = 50_000;
const PEERS = 16;
const PARTITIONS = 10;

const [seed = 1] = process.argv.slice(2).map(Number);

for (const batch of BATCHES) {
  const bodies = replyBodies(batch);
  const common = { scale: 'ns', pieces: MESSAGES } as const;
  const push = { what: `push, batch=${batch}`, piece: 'message', work: () => recordPushes(bodies, batch) };
  printReading(await timeTask({ ...common, ...push }));
  const pop = { what: `consumption, batch=${batch}`, piece: 'delivery', work: () => recordPops(batch) };
  printReading(await timeTask({ ...common, ...pop }));
}

/** Replies as the reference server gives them, one for each request of the load. */
function replyBodies(batch: number): readonly string[] {
  const idOf = messageIds(seed);
  return Array.from({ length: MESSAGES / batch }, (_, request) => {
    const items = Array.from({ length: batch }, (_item, index) => {
      const message = request * batch + index;
      const transaction_id = formatTransactionId(SAMPLE_RUN_ID, message);
      return { status: 'queued', transaction_id, message_id: idOf(message) };
    });
    return JSON.stringify(items);
  });
}

/** All that a producer does for the history: the intent, the answer's time, and an outcome for every item. */
function recordPushes(bodies: readonly string[], batch: number): void {
  const ledger = new Ledger(SAMPLE_RUN_ID);
  const errors = new ErrorTally();
  let acknowledged = 0;
  for (const [number, body] of bodies.entries()) {
    const [producer, partition] = [number % PEERS, number % PARTITIONS];
    const request = ledger.open({ producer, partition, messages: batch, invokedUs: monotonicUs() });
    ledger.complete(request, monotonicUs(), 201);
    acknowledged += judgeReply(
      { ledger, request, firstNumber: ledger.firstMessage(request), bad: undefined },
      { httpStatus: 201, body },
      errors,
    );
  }
  if (acknowledged !== MESSAGES || errors.total > 0 || ledger.messages !== MESSAGES) {
    throw new Error(
      `${acknowledged} of ${MESSAGES} messages were taken down as acknowledged: ${errors.list()[0]?.class}`,
    );
  }
}

/** All that a consumer does for the history: the pop, its reply, every delivery, the acknowledgement, every outcome. */
function recordPops(batch: number): void {
  const history = new ConsumerHistory(['']);
  for (let message = 0; message < MESSAGES; ) {
    const pop = history.openPop({ consumer: message % PEERS, group: 0, invokedUs: monotonicUs() });
    history.completePop(pop, { completedUs: monotonicUs(), httpStatus: 200, leaseId: `lease ${pop}` });
    const first = history.deliveries;
    for (const end = message + batch; message < end; message += 1) history.deliver(pop, message, pop % PARTITIONS);
    history.openSettlement(pop, 'ack', monotonicUs());
    history.completeSettlement(pop, monotonicUs(), 200);
    for (let delivery = first; delivery < history.deliveries; delivery += 1) history.setOutcome(delivery, 'completed');
  }
  if (history.deliveries !== MESSAGES || history.message(MESSAGES - 1) !== MESSAGES - 1) {
    throw new Error(`${history.deliveries} of ${MESSAGES} deliveries were taken down`);
  }
}
