import { confirm, decide, type GateDecision, type GateRule, type RequiredMetric } from './decision.ts';
import type { GateMetric, MetricSamples, PairedBlock } from './metric-samples.ts';
import { type BlockNoise, SimulatedMachine } from './simulated-blocks.ts';

/** Gates to be simulated. */
export interface SimulationOrder {
  readonly rule: Omit<GateRule, 'required' | 'minutesPerBlock'>;
  readonly noise: BlockNoise;
  /** True change of the candidate's speed: −0.08 is 8 % slower. */
  readonly change: number;
  /** Further speeds in the family that did not change: the level is shared with them. */
  readonly unchanged?: number;
  readonly gates: number;
  readonly seed: number;
}

/** How often they ended how, as counts. */
export interface SimulatedGates {
  readonly gates: number;
  readonly failed: number;
  readonly passed: number;
  readonly inconclusive: number;
  /** Gates whose first round found a loss, whether or not the fresh one confirmed it. */
  readonly suspected: number;
  /** Blocks of both rounds, mean over gates. */
  readonly meanBlocks: number;
}

const SPEED: GateMetric = { name: 'throughput', unit: 'msg/s', better: 'higher', kind: 'speed' };

/** Runs whole gates, looks and confirmation included, by the functions that judge real ones. */
export function simulateGates({ rule, noise, change, unchanged = 0, gates, seed }: SimulationOrder): SimulatedGates {
  const changes = [change, ...Array.from({ length: unchanged }, () => 0)];
  const arms = changes.map((_, index) => `arm ${index + 1}`);
  const required = arms.map((arm): RequiredMetric => ({ arm, metric: SPEED.name }));
  const whole: GateRule = { ...rule, required, minutesPerBlock: null };
  const tally = { failed: 0, passed: 0, inconclusive: 0, suspected: 0, blocks: 0 };
  for (let gate = 0; gate < gates; gate += 1) {
    const machine = new SimulatedMachine(noise, seed + gate);
    const { decision, suspected, blocks } = runGate(machine, arms, changes, whole);
    tally.failed += Number(decision.verdict === 'fail');
    tally.passed += Number(decision.verdict === 'pass');
    tally.inconclusive += Number(decision.verdict === 'inconclusive');
    tally.suspected += Number(suspected);
    tally.blocks += blocks;
  }
  const { blocks, ...counts } = tally;
  return { gates, ...counts, meanBlocks: blocks / gates };
}

function runGate(machine: SimulatedMachine, arms: readonly string[], changes: readonly number[], rule: GateRule) {
  const measure = (count: number): MetricSamples[] =>
    arms.map((arm, index) => ({ arm, metric: SPEED, blocks: machine.blocks(count, changes[index] ?? 0) }));
  let samples = measure(0);
  let blocks = 0;
  let decision: GateDecision | undefined;
  for (const look of rule.looks) {
    const more = measure(look - blocks);
    samples = samples.map((each, index) => ({ ...each, blocks: joined(each.blocks, more[index]?.blocks) }));
    blocks = look;
    decision = decide(samples, rule);
    if (decision.needsConfirmation) {
      const fresh = measure(decision.confirmationBlocks);
      const total = blocks + decision.confirmationBlocks;
      return { decision: confirm(decision, fresh, rule), suspected: true, blocks: total };
    }
    if (decision.verdict === 'pass') break;
  }
  if (decision === undefined) throw new RangeError('a rule without looks decides nothing');
  return { decision, suspected: false, blocks };
}

function joined(before: readonly PairedBlock[], after: readonly PairedBlock[] | undefined): readonly PairedBlock[] {
  return [...before, ...(after ?? [])];
}
