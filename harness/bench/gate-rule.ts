import { setImmediate as breathe } from 'node:timers/promises';
import { DEFAULT_RULE } from '../gate/decision.ts';
import { RECORDED_NOISE } from '../gate/simulated-blocks.ts';
import { type SimulatedGates, simulateGates } from '../gate/simulation.ts';
import { exactly, type Interval } from '../measure/interval.ts';
import { shareInterval } from '../measure/share-interval.ts';
import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';

type Machine = keyof typeof RECORDED_NOISE;

/** Gates are simulated by the hundred, so that an interruption and the progress have their turn. */
const PORTION = 100;
const GATES = 2_000;
/** At most so many blocks before a confirmation: they take less than five minutes. */
const MOST_BLOCKS = 16;
const CHANGES = [0, -0.02, -0.03, -0.05, -0.08, -0.1, -0.2] as const;

/** The bars of the gate: where they hold, and for which figures. */
const BARS = [
  { machine: 'quiet', change: 0, most: 0.005 },
  { machine: 'busy', change: 0, most: 0.005 },
  { machine: 'quiet', change: -0.08, least: 0.8 },
  { machine: 'busy', change: -0.2, least: 0.99 },
] as const satisfies readonly { machine: Machine; change: number; most?: number; least?: number }[];

/**
 * How often the gate's rule is wrong, and what it sees: whole gates on simulated blocks with the noise that was recorded, a
 * quiet machine and one beside a compiler. Intervals are Wilson's, at 95 %.
 */
export async function benchGateRule({ seed, signal, onProgress }: BenchContext): Promise<BenchOutcome> {
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  for (const machine of ['quiet', 'busy'] as const) {
    for (const change of CHANGES) {
      onProgress(`${GATES} gates, ${machine} machine, ${percent(change)}`);
      const gates = await simulate(machine, change, seed, signal);
      const failed = shareInterval(gates.failed, gates.gates);
      figures.push(
        { what: `${machine}, ${percent(change)}: gates that fail`, unit: '%', value: inPercent(failed) },
        {
          what: `${machine}, ${percent(change)}: that pass`,
          unit: '%',
          value: inPercent(shareInterval(gates.passed, gates.gates)),
        },
        { what: `${machine}, ${percent(change)}: blocks`, unit: 'blocks', value: exactly(gates.meanBlocks) },
      );
      const bar = BARS.find((one) => one.machine === machine && one.change === change);
      if (bar !== undefined) bars.push(judge(bar, failed));
    }
  }
  return { figures, bars };
}

async function simulate(machine: Machine, change: number, seed: number, signal: AbortSignal): Promise<SimulatedGates> {
  const rule = { ...DEFAULT_RULE, looks: DEFAULT_RULE.looks.filter((look) => look <= MOST_BLOCKS) };
  const sum = { gates: 0, failed: 0, passed: 0, inconclusive: 0, suspected: 0, blocks: 0 };
  while (sum.gates < GATES) {
    await breathe();
    signal.throwIfAborted();
    const order = { rule, noise: RECORDED_NOISE[machine], change, gates: PORTION, seed: seed + sum.gates };
    const { meanBlocks, ...counts } = simulateGates(order);
    for (const key of ['gates', 'failed', 'passed', 'inconclusive', 'suspected'] as const) sum[key] += counts[key];
    sum.blocks += meanBlocks * PORTION;
  }
  const { blocks, ...counts } = sum;
  return { ...counts, meanBlocks: blocks / counts.gates };
}

function judge(bar: (typeof BARS)[number], { median, low, high }: Interval): BenchBar {
  const what = `${bar.machine}, ${percent(bar.change)}: gates that fail are`;
  const observed = `${(median * 100).toFixed(2)} %`;
  if ('most' in bar) {
    const met = high <= bar.most ? true : low > bar.most ? false : null;
    return { text: `${what} at most ${bar.most * 100} %`, met, observed };
  }
  const met = low >= bar.least ? true : high < bar.least ? false : null;
  return { text: `${what} at least ${bar.least * 100} %`, met, observed };
}

function inPercent({ median, low, high }: Interval): Interval {
  return { median: median * 100, low: low * 100, high: high * 100 };
}

/** `−8 %`, `no change`. */
function percent(change: number): string {
  return change === 0 ? 'no change' : `−${Math.round(-change * 100)} %`;
}
