import { seededRandom } from '../measure/seeded-random.ts';
import type { PairedBlock } from './metric-samples.ts';
import type { Side } from './slice-order.ts';
import { leadsOf, SLICES_PER_SIDE, sliceSchedule } from './slice-schedule.ts';

/** How a machine varies, as standard deviations of logarithms: 0.02 is about 2 %. */
export interface BlockNoise {
  /** Of the blocks' log ratios when nothing changed: all that follows, and the slices' own noise, together. */
  readonly blockSd: number;
  /** Luck of a process from its start to its end (memory layout, placement); every block has two new ones. */
  readonly processSd: number;
  /** Drift of the whole machine, and the correlation of its neighbouring slices. */
  readonly driftSd: number;
  readonly driftLag1: number;
}

/**
 * Noise as it was recorded on two cores with PostgreSQL on the same machine, fsync off: speeds of some 190 blocks of the scenario
 * regression with nothing else running (0.060, 0.055 and 0.052 of its three arms), and longer blocks beside another program that
 * compiled. A process had an offset of about 2 %, slices of 2 to 3 s a lag-1 correlation of 0.93.
 */
export const RECORDED_NOISE = Object.freeze({
  quiet: Object.freeze({ blockSd: 0.056, processSd: 0.02, driftSd: 0.1, driftLag1: 0.93 }),
  busy: Object.freeze({ blockSd: 0.075, processSd: 0.02, driftSd: 0.1, driftLag1: 0.93 }),
}) satisfies Readonly<Record<string, BlockNoise>>;

/** Degrees of freedom of the slices' noise: heavy tails, as measured. */
const TAIL_DEGREES = 5;
const RATE_PER_S = 30_000;
/** Drift between the last slice of a block and the first of the next: a restart lasts about as long as two slices. */
const RESTART_SLICES = 2;

/**
 * Makes blocks of a simulated machine: a drifting level with lag-1 correlation, processes with luck of their own, slices
 * with Student t noise of 5 degrees of freedom. `change` is the candidate's true ratio − 1. The same seed gives the same blocks.
 * Throws RangeError for a `blockSd` that drift and processes alone exceed.
 */
export class SimulatedMachine {
  readonly #noise: BlockNoise;
  readonly #sliceSd: number;
  readonly #random: () => number;
  #drift: number;
  /** Of the blocks to come. */
  #leads: readonly Side[] = [];

  constructor(noise: BlockNoise, seed: number) {
    this.#noise = noise;
    this.#sliceSd = sliceSdOf(noise);
    this.#random = seededRandom(seed);
    this.#drift = noise.driftSd * this.#normal();
  }

  /** Blocks of one metric, the leads in balanced random order. */
  blocks(count: number, change: number): readonly PairedBlock[] {
    return Array.from({ length: count }, () => this.#block(this.#nextLead(), Math.log(1 + change)));
  }

  /** At random, but each once in every two blocks: an advantage of being first cancels out. */
  #nextLead(): Side {
    if (this.#leads.length === 0) this.#leads = leadsOf(2, this.#random);
    const [lead = 'base', ...later] = this.#leads;
    this.#leads = later;
    return lead;
  }

  #block(lead: Side, changeLog: number): PairedBlock {
    const { processSd } = this.#noise;
    const luck = { base: processSd * this.#normal(), candidate: changeLog + processSd * this.#normal() };
    const sum = { base: 0, candidate: 0 };
    for (let slice = 0; slice < RESTART_SLICES; slice += 1) this.#driftOn();
    for (const side of sliceSchedule(lead)) {
      this.#driftOn();
      sum[side] += RATE_PER_S * Math.exp(this.#drift + luck[side] + this.#sliceSd * this.#student());
    }
    return { lead, base: sum.base / SLICES_PER_SIDE, candidate: sum.candidate / SLICES_PER_SIDE };
  }

  #driftOn(): void {
    const { driftSd, driftLag1 } = this.#noise;
    this.#drift = driftLag1 * this.#drift + driftSd * Math.sqrt(1 - driftLag1 ** 2) * this.#normal();
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }

  /** Student t scaled to variance 1, by Bailey's polar form (Mathematics of Computation 62, 1994). */
  #student(): number {
    const radius = Math.sqrt(TAIL_DEGREES * ((1 - this.#random()) ** (-2 / TAIL_DEGREES) - 1));
    return radius * Math.cos(2 * Math.PI * this.#random()) * Math.sqrt((TAIL_DEGREES - 2) / TAIL_DEGREES);
  }
}

/** What is left of the block's variance for its slices, after its processes and what the order leaves of the drift. */
function sliceSdOf({ blockSd, processSd, driftSd, driftLag1 }: BlockNoise): number {
  const weights = sliceSchedule('base').map((side) => (side === 'base' ? 1 : -1) / SLICES_PER_SIDE);
  const leftOfDrift = weights
    .flatMap((a, i) => weights.map((b, j) => a * b * driftLag1 ** Math.abs(i - j)))
    .reduce((sum, term) => sum + term, 0);
  const left = blockSd ** 2 - 2 * processSd ** 2 - driftSd ** 2 * leftOfDrift;
  if (left < 0) throw new RangeError(`blockSd ${blockSd} is below what processes and drift alone make`);
  return Math.sqrt((left * SLICES_PER_SIDE) / 2);
}
