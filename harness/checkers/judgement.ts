import type { CheckResult } from './verdict.ts';

/** Collects what speaks against a run and what cannot be known of it, and gives the verdict. */
export class Judgement {
  readonly #name: string;
  readonly #accusations: string[] = [];
  readonly #gaps: string[] = [];
  readonly #witness: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** A violation, in a few words for the summary, with the facts that show it. */
  accuse(what: string, witness: readonly string[] = []): void {
    this.#accusations.push(what);
    this.#witness.push(...witness);
  }

  /** Something that would have to be known to acquit. */
  lack(what: string): void {
    // One missing thing may be missed in several places.
    if (!this.#gaps.includes(what)) this.#gaps.push(what);
  }

  /** A violation outranks ignorance, ignorance outranks acquittal; `acquittal` is the summary of a valid check. */
  result(counts: Readonly<Record<string, number>>, acquittal: string): CheckResult {
    const common = { name: this.#name, counts, witness: this.#witness };
    if (this.#accusations.length > 0) {
      return { ...common, verdict: 'invalid', summary: this.#accusations.join('; ') };
    }
    if (this.#gaps.length > 0) {
      return { ...common, verdict: 'unknown', summary: `cannot be judged: ${this.#gaps.join('; ')}` };
    }
    return { ...common, verdict: 'valid', summary: acquittal };
  }
}
