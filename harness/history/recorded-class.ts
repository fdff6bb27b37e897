import { ConsumerHistory, type ConsumerHistoryTransfer } from './consumer-history.ts';
import { Ledger, type LedgerTransfer } from './ledger.ts';
import { Repeats, type RepeatsTransfer } from './repeats.ts';
import { UUID_BYTES } from './uuid-bytes.ts';

interface RecordedClass {
  readonly isOne: (value: object) => boolean;
  readonly takeApart: (value: object) => object;
  /** @throws TypeError when the parts are none of such an object. */
  readonly putTogether: (parts: unknown) => object;
}

/** The classes of the history, by the key that stands for them in a history file. */
export const RECORDED_CLASSES = Object.freeze({
  $ledger: {
    isOne: (value) => value instanceof Ledger,
    takeApart: (value) => (value as Ledger).toTransfer(),
    putTogether: (parts) => Ledger.fromTransfer(ledgerParts(parts)),
  },
  $repeats: {
    isOne: (value) => value instanceof Repeats,
    takeApart: (value) => (value as Repeats).toTransfer(),
    putTogether: (parts) => new Repeats(repeatsParts(parts)),
  },
  $consumerHistory: {
    isOne: (value) => value instanceof ConsumerHistory,
    takeApart: (value) => (value as ConsumerHistory).toTransfer(),
    putTogether: (parts) => new ConsumerHistory(consumerHistoryParts(parts)),
  },
} as const satisfies Readonly<Record<`$${string}`, RecordedClass>>);

export type RecordedClassName = keyof typeof RECORDED_CLASSES;

/** Columns of a class whose lengths must agree. */
type Columns<Transfer> = Partial<Record<keyof Transfer, new (...args: never[]) => { readonly length: number }>>;

const REQUEST_COLUMNS = {
  producer: Uint16Array,
  partition: Uint16Array,
  httpStatus: Uint16Array,
  invokedUs: Float64Array,
  completedUs: Float64Array,
} as const satisfies Columns<LedgerTransfer>;

const POP_COLUMNS = {
  consumer: Uint16Array,
  group: Uint8Array,
  httpStatus: Uint16Array,
  lease: Uint32Array,
  settlement: Uint8Array,
  settleStatus: Uint16Array,
  invokedUs: Float64Array,
  completedUs: Float64Array,
  settleInvokedUs: Float64Array,
  settleCompletedUs: Float64Array,
} as const satisfies Columns<ConsumerHistoryTransfer>;

const DELIVERY_COLUMNS = {
  deliveryPop: Uint32Array,
  message: Uint32Array,
  partition: Uint16Array,
  outcome: Uint8Array,
} as const satisfies Columns<ConsumerHistoryTransfer>;

/**
 * Checked to the last column, since whoever walks through a ledger goes from request to message by its numbers, and
 * must come to an end.
 */
function ledgerParts(parts: unknown): LedgerTransfer {
  const transfer = fieldsOf<LedgerTransfer>(parts, 'ledger');
  const { runId, firstMessage, outcome, messageId } = transfer;
  if (typeof runId !== 'string') throw new TypeError('a ledger without a run id');
  const requests = commonLength(transfer, REQUEST_COLUMNS, 'ledger');
  if (!(firstMessage instanceof Uint32Array && outcome instanceof Uint8Array && messageId instanceof Uint8Array)) {
    throw new TypeError('a ledger without its messages');
  }
  const counts = [firstMessage.length - 1, messageId.length / UUID_BYTES, firstMessage.at(-1) ?? 0];
  if (counts.some((count, index) => count !== [requests, outcome.length, outcome.length][index])) {
    throw new TypeError(
      `a ledger of ${requests} requests and ${outcome.length} messages whose columns have other lengths`,
    );
  }
  if (transfer.intendedUs !== undefined)
    commonLength(transfer, { ...REQUEST_COLUMNS, intendedUs: Float64Array }, 'ledger');
  if (firstMessage.some((first, request) => first > (firstMessage[request + 1] ?? first))) {
    throw new TypeError('a ledger whose requests overlap');
  }
  return transfer as LedgerTransfer;
}

function repeatsParts(parts: unknown): RepeatsTransfer {
  const transfer = fieldsOf<RepeatsTransfer>(parts, 'repeats');
  const ledger = ledgerParts(transfer.ledger);
  const repeats = commonLength(transfer, { original: Uint32Array, isLegacy: Uint8Array }, 'repeats');
  if (repeats !== ledger.producer.length) {
    throw new TypeError(`${ledger.producer.length} requests that repeat ${repeats} others`);
  }
  return transfer as RepeatsTransfer;
}

function consumerHistoryParts(parts: unknown): ConsumerHistoryTransfer {
  const transfer = fieldsOf<ConsumerHistoryTransfer>(parts, 'consumer history');
  const { groups } = transfer;
  if (!Array.isArray(groups) || groups.some((group) => typeof group !== 'string')) {
    throw new TypeError('a consumer history without the names of its groups');
  }
  commonLength(transfer, POP_COLUMNS, 'consumer history');
  commonLength(transfer, DELIVERY_COLUMNS, 'consumer history');
  return transfer as ConsumerHistoryTransfer;
}

function fieldsOf<Transfer>(parts: unknown, name: string): Partial<Readonly<Record<keyof Transfer, unknown>>> {
  if (typeof parts !== 'object' || parts === null) throw new TypeError(`a ${name} that is ${JSON.stringify(parts)}`);
  return parts;
}

/** The length that all these columns have. */
function commonLength(transfer: object, columns: Columns<Record<string, unknown>>, name: string): number {
  const lengths = Object.entries(columns).map(([field, Type]) => {
    const column = (transfer as Readonly<Record<string, unknown>>)[field];
    if (Type === undefined || !(column instanceof Type)) throw new TypeError(`a ${name} without its column ${field}`);
    return column.length;
  });
  const [length = 0] = lengths;
  if (lengths.some((other) => other !== length)) {
    throw new TypeError(`a ${name} whose columns ${Object.keys(columns).join(', ')} have different lengths`);
  }
  return length;
}
