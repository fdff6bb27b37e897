import type { ConsumerHistory } from './consumer-history.ts';
import type { Consumption } from './evidence.ts';
import { SETTLEMENT_CODE } from './settlement.ts';
import { sortByKey } from './sort-by-key.ts';

/** Entries grouped by a small number: those of group `k` are `entries[start[k]]` up to, without, `entries[start[k + 1]]`. */
interface Grouped {
  readonly start: Uint32Array;
  readonly entries: Uint32Array;
}

/** What the consumers of one group were given. */
export interface GroupDeliveries {
  /** Index in the history's groups. */
  readonly group: number;
  readonly name: string;
  /** Deliveries by message, in the order in which the answers came. */
  readonly byMessage: Grouped;
  /** Slices by partition, in the order in which the answers came. */
  readonly byPartition: Grouped;
  /** Pops, in the order in which they were opened. */
  readonly pops: Uint32Array;
  /** Pops whose answer nobody got: what they would have brought may be leased. */
  readonly lostPops: number;
  /** Those of them that may have acknowledged what nobody got. */
  readonly lostAutoAckPops: number;
}

/**
 * The deliveries of a run by group and message, and by group and partition. A slice is what one pop brought of one partition:
 * consecutive deliveries, and nearly always all of the pop.
 */
export interface DeliveryIndex {
  readonly history: ConsumerHistory;
  readonly groups: readonly GroupDeliveries[];
  readonly slicePop: Uint32Array;
  /** Number of a slice's first delivery; one entry more than there are slices. */
  readonly sliceStart: Uint32Array;
  /** The slice of each delivery. */
  readonly sliceOf: Uint32Array;
  /** The place of a slice among those of its group and partition, from 0. */
  readonly sliceRank: Uint32Array;
}

const indexes = new WeakMap<Consumption, { readonly deliveries: number; readonly index: DeliveryIndex }>();

/** The index of a run's deliveries, made once for all checks. `messages` and `partitions` are how many the run has. */
export function deliveryIndexOf(consumption: Consumption, messages: number, partitions: number): DeliveryIndex {
  const known = indexes.get(consumption);
  if (known?.deliveries === consumption.history.deliveries) return known.index;
  const index = indexDeliveries(consumption.history, messages, partitions);
  indexes.set(consumption, { deliveries: consumption.history.deliveries, index });
  return index;
}

/** Sorts nothing that comes in order already; deliveries of strangers, and of partitions unknown, stand in no group. */
function indexDeliveries(history: ConsumerHistory, messages: number, partitions: number): DeliveryIndex {
  const { deliveries } = history;
  const slices = sliceUp(history);
  const sliceCount = slices.slicePop.length;
  const sliceRank = new Uint32Array(sliceCount);
  const autoAckGroups = groupsOfAutoAck(history);
  const groups = history.groups.map((name, group): GroupDeliveries => {
    const isOfGroup = (delivery: number) => history.group(history.popOf(delivery)) === group;
    const byMessage = groupBy(deliveries, messages, (delivery) =>
      isOfGroup(delivery) ? history.message(delivery) : -1,
    );
    sortEach(byMessage, (delivery) => history.completedUs(history.popOf(delivery)));
    const byPartition = groupBy(sliceCount, partitions, (slice) => {
      const first = slices.sliceStart[slice] ?? 0;
      return isOfGroup(first) ? history.partition(first) : -1;
    });
    sortEach(byPartition, (slice) => history.completedUs(slices.slicePop[slice] ?? 0));
    rankEach(byPartition, sliceRank);
    const pops = groupBy(history.pops, 1, (pop) => (history.group(pop) === group ? 0 : -1)).entries;
    const lost = pops.filter((pop) => isLost(history, pop));
    const mayAutoAck = (pop: number) =>
      history.settlementCode(pop) === SETTLEMENT_CODE.autoAck ||
      (autoAckGroups.has(group) && history.settlementCode(pop) === SETTLEMENT_CODE.none);
    const lostAutoAckPops = lost.filter(mayAutoAck).length;
    return { group, name, byMessage, byPartition, pops, lostPops: lost.length, lostAutoAckPops };
  });
  return { history, groups, ...slices, sliceRank };
}

/** Nobody knows what the answer held, or would have held. */
function isLost(history: ConsumerHistory, pop: number): boolean {
  const status = history.httpStatus(pop);
  return status === 0 || status >= 500;
}

function groupsOfAutoAck(history: ConsumerHistory): ReadonlySet<number> {
  const groups = new Set<number>();
  for (let pop = 0; pop < history.pops; pop += 1) {
    if (history.settlementCode(pop) === SETTLEMENT_CODE.autoAck) groups.add(history.group(pop));
  }
  return groups;
}

function sliceUp(history: ConsumerHistory): Pick<DeliveryIndex, 'slicePop' | 'sliceStart' | 'sliceOf'> {
  const { deliveries } = history;
  const sliceOf = new Uint32Array(deliveries);
  const starts: number[] = [];
  const pops: number[] = [];
  let pop = -1;
  let partition = -1;
  for (let delivery = 0; delivery < deliveries; delivery += 1) {
    if (history.popOf(delivery) !== pop || history.partition(delivery) !== partition) {
      pop = history.popOf(delivery);
      partition = history.partition(delivery);
      starts.push(delivery);
      pops.push(pop);
    }
    sliceOf[delivery] = starts.length - 1;
  }
  return { slicePop: Uint32Array.from(pops), sliceStart: Uint32Array.from([...starts, deliveries]), sliceOf };
}

/** Puts 0…count-1 under their keys, each key's in ascending order; those without a key from 0 to `keys` are left out. */
function groupBy(count: number, keys: number, keyOf: (entry: number) => number): Grouped {
  const start = new Uint32Array(keys + 1);
  for (let entry = 0; entry < count; entry += 1) {
    const key = keyOf(entry);
    if (key >= 0 && key < keys) start[key + 1] = (start[key + 1] ?? 0) + 1;
  }
  for (let key = 0; key < keys; key += 1) start[key + 1] = (start[key + 1] ?? 0) + (start[key] ?? 0);
  const next = start.slice(0, keys);
  const entries = new Uint32Array(start[keys] ?? 0);
  for (let entry = 0; entry < count; entry += 1) {
    const key = keyOf(entry);
    if (key < 0 || key >= keys) continue;
    const place = next[key] ?? 0;
    entries[place] = entry;
    next[key] = place + 1;
  }
  return { start, entries };
}

function sortEach({ start, entries }: Grouped, keyOf: (entry: number) => number): void {
  for (let key = 0; key + 1 < start.length; key += 1) {
    const from = start[key] ?? 0;
    const to = start[key + 1] ?? 0;
    if (to - from > 1) sortByKey(entries.subarray(from, to), keyOf);
  }
}

function rankEach({ start, entries }: Grouped, rankOf: Uint32Array): void {
  for (let key = 0; key + 1 < start.length; key += 1) {
    const from = start[key] ?? 0;
    for (let place = from; place < (start[key + 1] ?? 0); place += 1) rankOf[entries[place] ?? 0] = place - from;
  }
}
