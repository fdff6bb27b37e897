import { randomUUID } from 'node:crypto';
import { ACK_BATCH_PATH } from '../target/wire.ts';
import {
  type AckBatch,
  type DuePush,
  type Item,
  type Liar,
  type Message,
  onAck,
  onPop,
  onPush,
  type ReplyItem,
} from './liar.ts';
import { type Answer, type Exchange, isPop, isPush, type Reply } from './lying-proxy.ts';

/** Messages of a push, in all runs. */
export const PUSH_BATCH = 5;

/** One way to lie about one message, or request, in so many. */
interface Lie {
  readonly name: string;
  /** The check that is made for it. */
  readonly check: string;
  /** The counts of that check in which the lies show, and how much each lie adds to them. */
  readonly counts: readonly string[];
  readonly countPerLie: number;
  /** How the consumers acknowledge; lies about acks need `ack`. */
  readonly drain: 'autoAck' | 'ack';
  /** Share of the pushes that are sent again; none when it is not there. */
  readonly repeat?: number;
  /** How long consumers beside the producers keep what they were given; without it there are none. */
  readonly think?: string;
  /** How long is pushed, in place of a number of messages. */
  readonly duration?: string;
  /** No more than so many lies. */
  readonly most?: number;
  readonly tell: (liar: Liar) => Answer;
}

const WITH_AUTO_ACK = { drain: 'autoAck', countPerLie: 1 } as const;
const WITH_ACKS = { drain: 'ack', countPerLie: 1 } as const;

export const LIES: readonly Lie[] = [
  {
    name: 'a message is dropped and answered `queued`',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['neverStored'],
    tell: (liar) =>
      onPush(liar, async ({ items, place, item, store }) => {
        const stored = await store(items.toSpliced(place, 1));
        return stored.toSpliced(place, 0, asQueued(item));
      }),
  },
  {
    name: 'a message is stored a second time under another transaction id',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['unexpected'],
    // The row and its delivery.
    countPerLie: 2,
    tell: (liar) =>
      onPush(liar, async ({ items, item, store }) => {
        const stored = await store([...items, { ...item, transactionId: `again-${item.transactionId}` }]);
        return stored.slice(0, items.length);
      }),
  },
  {
    name: 'a payload is altered on its way in',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['altered'],
    tell: (liar) =>
      onPush(liar, ({ items, place, item, store }) =>
        store(items.with(place, { ...item, payload: altered(item.payload) })),
      ),
  },
  {
    name: 'a message is stored in another partition',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['misrouted'],
    tell: (liar) =>
      onPush(liar, ({ items, place, item, store }) =>
        store(items.with(place, { ...item, partition: item.partition === 'p0' ? 'p1' : 'p0' })),
      ),
  },
  {
    name: 'a stored message is answered `failed`',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['resurrected'],
    tell: (liar) =>
      onPush(liar, (push) => answeredWith(push, ({ transaction_id }) => ({ transaction_id, status: 'failed' }))),
  },
  {
    name: 'a status is empty',
    ...WITH_AUTO_ACK,
    check: 'statuses',
    counts: ['malformed'],
    tell: (liar) => onPush(liar, (push) => answeredWith(push, (item) => ({ ...item, status: '' }))),
  },
  {
    name: 'a message is answered with the id of its neighbour',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['idMismatches'],
    tell: (liar) =>
      onPush(liar, (push) =>
        answeredWith(push, (item, answered) => ({ ...item, message_id: answered.at(push.place - 1)?.message_id })),
      ),
  },
  {
    name: 'two requests are given the replies of each other',
    ...WITH_AUTO_ACK,
    check: 'statuses',
    counts: ['malformed'],
    countPerLie: 2 * PUSH_BATCH,
    tell: swapReplies,
  },
  {
    name: 'a payload is altered on its way out',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['altered'],
    tell: (liar) =>
      onPop(liar, (messages, place) =>
        messages.map((message, index) => (index === place ? { ...message, data: altered(message.data) } : message)),
      ),
  },
  {
    name: 'a message is delivered twice in a reply',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['deliveredTwice'],
    tell: (liar) => onPop(liar, (messages, place) => messages.toSpliced(place, 0, ...messages.slice(place, place + 1))),
  },
  {
    name: 'a message is hidden from a consumer',
    ...WITH_AUTO_ACK,
    check: 'accounting',
    counts: ['storedUnreachable'],
    tell: (liar) => onPop(liar, (messages, place) => messages.toSpliced(place, 1)),
  },
  {
    name: 'an ack that was taken is answered as refused',
    ...WITH_ACKS,
    check: 'acks',
    counts: ['refused'],
    tell: (liar) => onAck(liar, { isPassedOn: true, status: 'error' }),
  },
  {
    name: 'an ack is answered `completed` and not passed on',
    ...WITH_ACKS,
    check: 'redelivery',
    counts: ['redelivered'],
    // The message comes again when its lease has run out, so the lies are early in a run that is longer than a lease.
    think: '0s',
    duration: '6s',
    most: 2,
    tell: (liar) => onAck(liar, { isPassedOn: false, status: 'completed' }),
  },
  {
    name: 'two messages of a reply change places',
    ...WITH_ACKS,
    check: 'partition-order',
    counts: ['overtook', 'overtookInRequest'],
    tell: (liar) => onPop(liar, exchangeNeighbours),
  },
  {
    name: 'a message is passed over, and acknowledged by nobody who saw it',
    ...WITH_ACKS,
    check: 'skip',
    counts: ['skipped'],
    tell: passOver,
  },
  {
    name: 'a message that one consumer holds is given to another',
    ...WITH_ACKS,
    check: 'leases',
    counts: ['messageLeasedTwice', 'partitionLeasedTwice'],
    // Consumers think while the load goes on, not in the drain.
    think: '500ms',
    duration: '6s',
    most: 2,
    tell: lendTwice,
  },
  {
    name: 'a repeat of a message is answered `queued` under a new id',
    ...WITH_AUTO_ACK,
    check: 'double-accept',
    counts: ['queuedTwice'],
    repeat: 1,
    tell: acceptRepeats,
  },
];

function asQueued({ transactionId }: Item): ReplyItem {
  return { status: 'queued', transaction_id: transactionId, message_id: randomUUID() };
}

/** Stores everything as it came, and puts another answer in the place of the one that is due. */
async function answeredWith(
  { items, place, store }: DuePush,
  change: (item: ReplyItem, all: readonly ReplyItem[]) => unknown,
): Promise<readonly unknown[]> {
  const stored = await store(items);
  return stored.map((item, index) => (index === place ? change(item, stored) : item));
}

function altered<Data extends Readonly<Record<string, unknown>>>(data: Data): Data {
  return { ...data, pad: `~${String(data.pad).slice(1)}` };
}

function exchangeNeighbours<T>(messages: readonly T[], place: number): readonly T[] {
  const from = Math.max(0, Math.min(place, messages.length - 2));
  return messages.toSpliced(from, 2, ...messages.slice(from, from + 2).toReversed());
}

/** One push in so many waits for the next one's answer, and each is given the other's. */
function swapReplies(liar: Liar): Answer {
  let waiting:
    | { readonly exchange: Exchange; readonly own: Promise<Reply>; readonly give: (reply: Promise<Reply>) => void }
    | undefined;
  return async (exchange) => {
    if (!isPush(exchange)) return await exchange.forward();
    const isDue = liar.due(1) !== undefined;
    const own = exchange.forward();
    const first = waiting;
    if (first !== undefined) {
      waiting = undefined;
      liar.about(...idsOf(first.exchange), ...idsOf(exchange));
      first.give(own);
      return await first.own;
    }
    if (!isDue) return await own;
    const { promise, resolve } = Promise.withResolvers<Reply>();
    waiting = { exchange, own, give: resolve };
    return await promise;
  };
}

function idsOf({ body }: Exchange): readonly string[] {
  const { items } = JSON.parse(body) as { readonly items: readonly Item[] };
  return items.map(({ transactionId }) => transactionId);
}

/** Keeps a message from the consumer and acknowledges it behind his back, with those he was given. */
function passOver(liar: Liar): Answer {
  const hidden = new Map<string | null, Message>();
  const hide = onPop(liar, (messages, place) => {
    const message = messages[place];
    if (message !== undefined) hidden.set(message.leaseId, message);
    return messages.toSpliced(place, 1);
  });
  return async (exchange) => {
    if (exchange.path !== ACK_BATCH_PATH) return await hide(exchange);
    const batch = JSON.parse(exchange.body) as AckBatch;
    const message = hidden.get(batch.leaseId);
    if (message === undefined) return await exchange.forward();
    const { transactionId, partitionId } = message;
    const acknowledgments = [...batch.acknowledgments, { transactionId, partitionId }];
    const reply = await exchange.forward(JSON.stringify({ ...batch, acknowledgments }));
    const { results } = JSON.parse(reply.body) as { readonly results: readonly unknown[] };
    return { ...reply, body: JSON.stringify({ results: results.slice(0, -1) }) };
  };
}

/** Well within the time that consumers think about what they were given. */
const LENT_FOR_MS = 100;

/** Adds to the next pop's messages one that another consumer was just given and thinks about. */
function lendTwice(liar: Liar): Answer {
  let lent: { readonly message: Message; readonly atMs: number } | undefined;
  return async (exchange) => {
    const reply = await exchange.forward();
    if (!isPop(exchange) || reply.body === '') return reply;
    const { messages } = JSON.parse(reply.body) as { readonly messages: readonly Message[] };
    const place = liar.due(messages.length);
    const given = lent;
    const message = place === undefined ? undefined : messages[place];
    lent = message === undefined ? undefined : { message, atMs: performance.now() };
    if (given === undefined || performance.now() - given.atMs > LENT_FOR_MS) return reply;
    liar.about(given.message.transactionId);
    return { ...reply, body: JSON.stringify({ messages: [...messages, given.message] }) };
  };
}

/** Says of a duplicate that it was stored as a message of its own. */
function acceptRepeats(liar: Liar): Answer {
  return async (exchange) => {
    const reply = await exchange.forward();
    if (!isPush(exchange)) return reply;
    const items = JSON.parse(reply.body) as readonly ReplyItem[];
    const duplicates = items.filter(({ status }) => status === 'duplicate');
    const place = liar.due(duplicates.length);
    const lied = place === undefined ? undefined : duplicates[place];
    if (lied === undefined) return reply;
    liar.about(lied.transaction_id);
    const told = items.map((item) => (item === lied ? { ...item, status: 'queued', message_id: randomUUID() } : item));
    return { ...reply, body: JSON.stringify(told) };
  };
}
