import { ConsumerHistory } from '../history/consumer-history.ts';
import type { CountedExamples, RunEvidence } from '../history/evidence.ts';
import { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import { seededRandom } from '../measure/seeded-random.ts';

export interface SampleOrder {
  readonly messages: number;
  /** Messages of a push and of a pop. */
  readonly batch: number;
  readonly seed: number;
}

export const SAMPLE_RUN_ID = 'rsample';
const PARTITIONS = 10;
const PEERS = 16;
const START_US = 5e10;
/** Of a server that takes 80,000 messages a second. */
const US_PER_MESSAGE = 12.5;
const REPLY_US = 18_000;

const NONE: CountedExamples = Object.freeze({ count: 0, examples: [] });

/** Message ids as a server makes them (UUIDv7): the time in front, a counter, and 62 random bits. */
export function messageIds(seed: number): (number: number) => string {
  const random = seededRandom(seed);
  const hex = (value: number, digits: number) => Math.floor(value).toString(16).padStart(digits, '0');
  return (number) => {
    const time = hex(1_790_000_000_000 + number * (US_PER_MESSAGE / 1_000), 12);
    const variant = hex(0x8000 + random() * 0x4000, 4);
    const tail = hex(random() * 2 ** 32, 8) + hex(random() * 2 ** 16, 4);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(number % 4096, 3)}-${variant}-${tail}`;
  };
}

/** The evidence of a run in which everything went well, as large as that of a real one. */
export function sampleEvidence({ messages, batch, seed }: SampleOrder): RunEvidence {
  const random = seededRandom(seed);
  const ledger = sampleLedger({ messages, batch, seed }, random);
  const once = { countByMessage: new Uint8Array(messages).fill(1), unexpected: NONE };
  const notSampled = { missing: 'not part of the sample' };
  return {
    ledger,
    repeats: new Repeats(SAMPLE_RUN_ID),
    badItems: { sent: 0, refused: 0, accepted: NONE, malformed: NONE },
    clock: { monotonicUs: START_US, epochMs: 1_790_000_000_000 },
    recovery: notSampled,
    consumption: {
      history: sampleConsumption(ledger, random),
      drained: [true],
      unexpected: NONE,
      altered: NONE,
      malformed: NONE,
    },
    promises: { partitions: PARTITIONS, leaseMs: 60_000, retryLimit: 100, encrypted: false, faults: [] },
    faults: [],
    deadLetters: notSampled,
    buffer: notSampled,
    resources: notSampled,
    cleartext: notSampled,
    rows: { ...once, rows: messages, idMismatches: NONE, distinctMessageIds: messages },
    connections: notSampled,
    serverLog: notSampled,
    postgresLog: notSampled,
    databaseCounters: notSampled,
    lifecycle: notSampled,
  };
}

/** Producers send in turn; times are as jagged as a real clock's. */
function sampleLedger({ messages, batch, seed }: SampleOrder, random: () => number): Ledger {
  const ledger = new Ledger(SAMPLE_RUN_ID);
  const idOf = messageIds(seed);
  let nowUs = START_US;
  while (ledger.messages < messages) {
    nowUs += batch * US_PER_MESSAGE * 2 * random();
    const count = Math.min(batch, messages - ledger.messages);
    const producer = ledger.requests % PEERS;
    const partition = ledger.requests % PARTITIONS;
    const request = ledger.open({ producer, partition, messages: count, invokedUs: nowUs });
    ledger.complete(request, nowUs + REPLY_US * (0.5 + random()), 201);
    ledger.setOutcomes(request, 'queued');
    for (let message = ledger.firstMessage(request); message < ledger.messages; message += 1) {
      ledger.setMessageId(message, idOf(message));
    }
  }
  return ledger;
}

/** Every request is popped whole, and acknowledged; those of a partition one after the other. */
function sampleConsumption(ledger: Ledger, random: () => number): ConsumerHistory {
  const history = new ConsumerHistory(['']);
  const freeUs = new Float64Array(PARTITIONS);
  for (let request = 0; request < ledger.requests; request += 1) {
    const partition = ledger.partition(request);
    const invokedUs = Math.max(ledger.completedUs(request), freeUs[partition] ?? 0) + REPLY_US * random();
    freeUs[partition] = invokedUs + 8_000;
    const pop = history.openPop({ consumer: request % PEERS, group: 0, invokedUs });
    history.completePop(pop, { completedUs: invokedUs + 4_000 * random(), httpStatus: 200, leaseId: `lease ${pop}` });
    for (let message = ledger.firstMessage(request); message < ledger.firstMessage(request + 1); message += 1) {
      history.setOutcome(history.deliver(pop, message, partition), 'completed');
    }
    history.openSettlement(pop, 'ack', invokedUs + 5_000);
    history.completeSettlement(pop, invokedUs + 5_000 + 3_000 * random(), 200);
  }
  return history;
}
