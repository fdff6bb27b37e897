import { ACK_BATCH_PATH } from '../target/wire.ts';
import { type Answer, isPop, isPush } from './lying-proxy.ts';

/** Says when it is time to lie, and remembers about which messages it was done. */
export class Liar {
  /** Transaction ids. */
  readonly liedAbout = new Set<string>();
  lies = 0;
  readonly #every: number;
  readonly #most: number;
  #passed: number;

  /** Lies about one of `every`, at most so often. */
  constructor(every: number, most: number = Number.POSITIVE_INFINITY) {
    this.#every = every;
    this.#most = most;
    // The first lie comes after half the way, so that even the last has others after it.
    this.#passed = Math.floor(every / 2);
  }

  /** Of so many that pass: the place of the one to lie about, if there is one. */
  due(passing: number): number | undefined {
    const place = this.#every - 1 - (this.#passed % this.#every);
    this.#passed += passing;
    return place < passing && this.lies < this.#most ? place : undefined;
  }

  about(...transactionIds: readonly string[]): void {
    this.lies += 1;
    for (const id of transactionIds) this.liedAbout.add(id);
  }
}

export interface Item {
  readonly queue: string;
  readonly partition: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly transactionId: string;
}

export interface ReplyItem {
  readonly status: string;
  readonly transaction_id: string;
  readonly message_id?: string;
}

/** A delivered message. */
export interface Message {
  readonly transactionId: string;
  readonly partitionId: string;
  readonly leaseId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A push with a message that is due, as the client sends it. */
export interface DuePush {
  readonly items: readonly Item[];
  readonly place: number;
  readonly item: Item;
  /** Asks the server to store these instead; what it answers for each. */
  readonly store: (items: readonly Item[]) => Promise<readonly ReplyItem[]>;
}

/** Lets pass what is no push, and pushes without a message that is due; answers the others as it is told. */
export function onPush(liar: Liar, answerItems: (push: DuePush) => Promise<readonly unknown[]>): Answer {
  return async (exchange) => {
    const { body, forward } = exchange;
    if (!isPush(exchange)) return await forward();
    const { items } = JSON.parse(body) as { readonly items: readonly Item[] };
    const place = liar.due(items.length);
    const item = place === undefined ? undefined : items[place];
    if (place === undefined || item === undefined) return await forward();
    const store = async (stored: readonly Item[]) =>
      stored.length === 0
        ? []
        : (JSON.parse((await forward(JSON.stringify({ items: stored }))).body) as readonly ReplyItem[]);
    const answered = await answerItems({ items, place, item, store });
    liar.about(item.transactionId);
    return { status: 201, body: JSON.stringify(answered) };
  };
}

/** The same for pops: what the consumer is given in place of what the server gave. */
export function onPop(liar: Liar, give: (messages: readonly Message[], place: number) => readonly unknown[]): Answer {
  return async (exchange) => {
    const reply = await exchange.forward();
    if (!isPop(exchange) || reply.body === '') return reply;
    const { messages } = JSON.parse(reply.body) as { readonly messages: readonly Message[] };
    const place = liar.due(messages.length);
    const message = place === undefined ? undefined : messages[place];
    // Of a message that comes alone, none could be hidden, nor its neighbour be had.
    if (place === undefined || message === undefined || messages.length < 2) return reply;
    liar.about(message.transactionId);
    return { ...reply, body: JSON.stringify({ messages: give(messages, place) }) };
  };
}

export interface AckBatch {
  readonly leaseId: string | null;
  readonly acknowledgments: readonly { readonly transactionId: string; readonly partitionId: string }[];
}

/** The same for batches of acks: which are passed on, and what is answered for each. */
export function onAck(liar: Liar, lie: { readonly isPassedOn: boolean; readonly status: string }): Answer {
  return async ({ path, body, forward }) => {
    if (path !== ACK_BATCH_PATH) return await forward();
    const { acknowledgments, ...rest } = JSON.parse(body) as AckBatch;
    const place = liar.due(acknowledgments.length);
    const ack = place === undefined ? undefined : acknowledgments[place];
    if (place === undefined || ack === undefined) return await forward();
    const passed = lie.isPassedOn ? acknowledgments : acknowledgments.toSpliced(place, 1);
    const reply = await forward(JSON.stringify({ ...rest, acknowledgments: passed }));
    const { results } = JSON.parse(reply.body) as { readonly results: readonly unknown[] };
    const told = { transactionId: ack.transactionId, status: lie.status };
    liar.about(ack.transactionId);
    const answered = results.toSpliced(place, lie.isPassedOn ? 1 : 0, told);
    return { ...reply, body: JSON.stringify({ processed: answered.length, results: answered }) };
  };
}
