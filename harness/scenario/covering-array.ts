/** One value, by its index, of every axis. */
export type Row = readonly number[];

/** Every combination, the last axis turning fastest. Without axes there is one, of nothing. */
export function everyCombination(sizes: readonly number[]): readonly Row[] {
  return sizes.reduce<readonly Row[]>(
    (rows, size) => rows.flatMap((row) => Array.from({ length: size }, (_, value) => [...row, value])),
    [[]],
  );
}

/**
 * As few combinations as a greedy search finds in which every two values of two axes meet at least once, in the order of
 * {@link everyCombination}. Never fewer than the two largest axes have together, and the same for the same sizes.
 *
 * Each combination begins with a pair that has not met yet and takes from the other axes, one after the other, the value
 * that meets most of those taken before for the first time (after D. M. Cohen et al., The AETG System, IEEE TSE 23(7),
 * 1997, without its chance).
 */
export function everyPair(sizes: readonly number[]): readonly Row[] {
  if (sizes.length < 2) return everyCombination(sizes);
  // Largest first: their pairs decide how many combinations are needed, and the small axes fit in beside them.
  const order = sizes.map((_, axis) => axis).sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
  const pending = new PendingPairs(sizes);
  const rows: Row[] = [];
  for (const start of pairsOf(order, sizes)) {
    if (!pending.has(start)) continue;
    const taken = new Map<number, number>([start.one, start.other]);
    for (const axis of order) {
      if (!taken.has(axis)) taken.set(axis, pending.bestValue(axis, taken));
    }
    pending.meet(taken);
    rows.push(sizes.map((_, axis) => taken.get(axis) ?? 0));
  }
  return rows.sort(inOrder);
}

type AxisValue = [axis: number, value: number];

interface Pair {
  readonly one: AxisValue;
  readonly other: AxisValue;
}

function* pairsOf(order: readonly number[], sizes: readonly number[]): Generator<Pair> {
  for (const [index, one] of order.entries()) {
    for (const other of order.slice(index + 1)) {
      for (let value = 0; value < (sizes[one] ?? 0); value += 1) {
        for (let beside = 0; beside < (sizes[other] ?? 0); beside += 1) {
          yield { one: [one, value], other: [other, beside] };
        }
      }
    }
  }
}

/** The pairs of values that no combination holds yet. */
class PendingPairs {
  readonly #sizes: readonly number[];
  readonly #met = new Set<string>();
  /** How often each value was taken: of values that meet equally many the rarest is taken, so that none is left for the end. */
  readonly #uses = new Map<string, number>();

  constructor(sizes: readonly number[]) {
    this.#sizes = sizes;
  }

  has({ one, other }: Pair): boolean {
    return !this.#met.has(keyOf(one, other));
  }

  bestValue(axis: number, taken: ReadonlyMap<number, number>): number {
    let best = { value: 0, gain: -1, uses: 0 };
    for (let value = 0; value < (this.#sizes[axis] ?? 0); value += 1) {
      let gain = 0;
      for (const beside of taken) if (!this.#met.has(keyOf([axis, value], beside))) gain += 1;
      const uses = this.#uses.get(`${axis}:${value}`) ?? 0;
      if (gain > best.gain || (gain === best.gain && uses < best.uses)) best = { value, gain, uses };
    }
    return best.value;
  }

  meet(taken: ReadonlyMap<number, number>): void {
    const values = [...taken];
    for (const [index, one] of values.entries()) {
      const name = one.join(':');
      this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
      for (const other of values.slice(index + 1)) this.#met.add(keyOf(one, other));
    }
  }
}

function keyOf(one: AxisValue, other: AxisValue): string {
  const [first, second] = one[0] < other[0] ? [one, other] : [other, one];
  return `${first.join(':')} ${second.join(':')}`;
}

function inOrder(a: Row, b: Row): number {
  const differing = a.findIndex((value, axis) => value !== b[axis]);
  return differing === -1 ? 0 : (a[differing] ?? 0) - (b[differing] ?? 0);
}
