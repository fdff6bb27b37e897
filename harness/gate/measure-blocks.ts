import { mergeVerdicts } from '../checkers/verdict.ts';
import type { Progress } from '../cli/progress.ts';
import { formatDuration } from '../report/figure-format.ts';
import { CANARY_LIMIT, type CanaryRate, canaryShift } from './canary.ts';
import type { NoBlock } from './gate-rounds.ts';
import type { Block } from './run-block.ts';
import type { Side } from './slice-order.ts';

/** A block that was measured and is not judged, or a moment at which none was begun. */
export interface DroppedBlock {
  /** Of the block, or of the one that was to come. */
  readonly number: number;
  readonly reason: string;
}

interface MeasureOrder {
  readonly leads: readonly Side[];
  readonly run: (place: Pick<Block, 'number' | 'round' | 'lead'>) => Promise<Block>;
  readonly readCanary: () => CanaryRate;
  /** Gives a machine that is not what it was some time. */
  readonly rest: () => Promise<void>;
  readonly progress: Pick<Progress, 'phase' | 'done' | 'fail'>;
}

/** So many blocks may be lost to a machine that changed its speed, before it is no machine to measure on. */
const DROPS_ALLOWED = 4;

/**
 * Measures one block after the other, and looks at the machine before and after each. A block during which its speed moved is
 * dropped: both versions are hit by it, but not evenly. So is one that could not be proved, because nobody came to look while
 * the machine was busy elsewhere: it has no figures. What a block disproves counts in any case.
 */
export class BlockSource {
  readonly #order: MeasureOrder;
  readonly #canaries: CanaryRate[] = [];
  readonly dropped: DroppedBlock[] = [];
  #number = 0;
  #measured = 0;
  #round: Block['round'] = 'first';

  constructor(order: MeasureOrder) {
    this.#order = order;
  }

  /** Number of the last block that was begun. */
  get blocksBegun(): number {
    return this.#number;
  }

  /** The next block that counts, or why there is none. Throws what running a block throws. */
  async next(round: Block['round']): Promise<Block | NoBlock> {
    const { leads, run, readCanary, rest, progress } = this.#order;
    // A round begins with a pair of leads, so that it is balanced in itself.
    if (round !== this.#round) this.#measured += this.#measured % 2;
    this.#round = round;
    for (;;) {
      if (this.dropped.length > DROPS_ALLOWED) {
        return { stopped: `${this.dropped.length} blocks had to be dropped; the last: ${this.dropped.at(-1)?.reason}` };
      }
      const lead = leads[this.#measured];
      if (lead === undefined) return { stopped: 'every block that was planned has been measured' };
      const before = readCanary();
      const shift = canaryShift(before, this.#canaries);
      this.#number += 1;
      const number = this.#number;
      if (Math.abs(shift) > CANARY_LIMIT) {
        this.#drop(number, `the machine is ${percent(shift)} before block ${number} than it was before`);
        // A machine that stays so is what it is now.
        this.#canaries.push(before);
        await rest();
        continue;
      }
      this.#canaries.push(before);
      progress.phase(`block ${number}, the ${lead} first`);
      const block = await run({ number, round, lead });
      const during = canaryShift(readCanary(), [before]);
      const verdict = mergeVerdicts(block.proofs.map((proof) => proof.verdict));
      if (verdict === 'unknown') {
        this.#drop(number, `block ${number} could not be proved: ${unknownCheck(block)}`);
        continue;
      }
      const isProved = verdict === 'valid';
      if (isProved && Math.abs(during) > CANARY_LIMIT) {
        this.#drop(number, `the machine is ${percent(during)} after block ${number} than before it`);
        continue;
      }
      this.#measured += 1;
      const took = formatDuration(block.durationMs);
      if (isProved)
        progress.done(`block ${number}${round === 'first' ? '' : `, ${round}`}: both versions proved in ${took}`);
      return block;
    }
  }

  #drop(number: number, reason: string): void {
    this.dropped.push({ number, reason });
    this.#order.progress.fail(`${reason}: not judged`);
  }
}

function unknownCheck({ proofs }: Block): string {
  const checks = proofs.flatMap(({ side, checks: own }) => own.map((check) => ({ side, ...check })));
  const open = checks.find(({ verdict }) => verdict === 'unknown');
  return open === undefined ? 'it has no checks' : `the ${open.side}: ${open.name}: ${open.summary}`;
}

function percent(shift: number): string {
  return `${Math.abs(shift * 100).toFixed(0)} % ${shift < 0 ? 'slower' : 'faster'}`;
}
