import { WITNESS_LIMIT } from '../history/evidence.ts';

/** Counts violations by class and keeps the first few of each as witnesses; the witness is only made when it is kept. */
export class Violations<Class extends string> {
  readonly #counts: Map<Class, number>;
  readonly #witnesses: Map<Class, string[]>;

  constructor(classes: readonly Class[]) {
    this.#counts = new Map(classes.map((name) => [name, 0]));
    this.#witnesses = new Map(classes.map((name) => [name, []]));
  }

  add(name: Class, describe: () => string): void {
    this.#counts.set(name, this.count(name) + 1);
    const kept = this.#witnesses.get(name);
    if (kept !== undefined && kept.length < WITNESS_LIMIT) kept.push(`${name}: ${describe()}`);
  }

  /** Adds violations that somebody else has counted, with the examples they kept. */
  addCounted(name: Class, { count, examples }: { readonly count: number; readonly examples: readonly string[] }): void {
    this.#counts.set(name, this.count(name) + count);
    const room = WITNESS_LIMIT - (this.#witnesses.get(name)?.length ?? 0);
    this.#witnesses.get(name)?.push(...examples.slice(0, room).map((example) => `${name}: ${example}`));
  }

  count(name: Class): number {
    return this.#counts.get(name) ?? 0;
  }

  get counts(): Readonly<Record<Class, number>> {
    return Object.fromEntries(this.#counts) as Record<Class, number>;
  }

  /** At most {@link WITNESS_LIMIT} of every class, in the order of the classes. */
  get witness(): readonly string[] {
    return [...this.#witnesses.values()].flat();
  }

  /** "3 neverStored, 1 altered"; empty when there is none. */
  get summary(): string {
    return [...this.#counts]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count.toLocaleString('en-GB')} ${name}`)
      .join(', ');
  }
}
