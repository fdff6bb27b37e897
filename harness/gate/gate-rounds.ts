import { requiredMetrics, samplesOf } from './block-samples.ts';
import { confirm, decide, type GateDecision, type GateRule } from './decision.ts';
import type { Block } from './run-block.ts';

/** What is known of a rule before the first block. */
export type OpenRule = Omit<GateRule, 'required' | 'minutesPerBlock'>;

/** Why no more blocks could be measured; not a thing that can be put right by measuring longer. */
export interface NoBlock {
  readonly stopped: string;
}

export interface RoundsOrder {
  readonly rule: OpenRule;
  /** Longest duration of the first round; confirming takes its own. */
  readonly limitMs: number;
  /** Measures the next block. */
  readonly measure: (round: Block['round']) => Promise<Block | NoBlock>;
  /** Milliseconds since the gate began. */
  readonly elapsedMs: () => number;
  /** A look was taken. */
  readonly onDecision: (decision: GateDecision, blocks: number) => void;
}

/** How the rounds ended. */
export interface Rounds {
  /** In the order in which they were measured. */
  readonly blocks: readonly Block[];
  /** Undefined when nothing was judged: no block was measured, or one could not be proved. */
  readonly decision: GateDecision | undefined;
  /** The rule that was followed; undefined with the decision. */
  readonly rule: GateRule | undefined;
  /** The block whose proof does not hold: nothing measured on such a server is a figure. */
  readonly unproved: Block | undefined;
  /** Why it ended early; undefined when it did not. */
  readonly stopped: string | undefined;
}

const MS_PER_MINUTE = 60_000;

/**
 * Measures blocks until the rule has decided, its last look is over, or the time is; a suspicion is confirmed by a round of
 * fresh blocks, however late it is. A block that is not proved ends it at once.
 */
export async function runRounds(order: RoundsOrder): Promise<Rounds> {
  const first: Block[] = [];
  const nothing = { decision: undefined, rule: undefined, unproved: undefined, stopped: undefined };
  for (;;) {
    const block = await order.measure('first');
    if ('stopped' in block) return { ...nothing, ...judged(first, order), blocks: first, stopped: block.stopped };
    first.push(block);
    if (!isProved(block)) return { ...nothing, blocks: first, unproved: block };
    const isTimeUp = order.elapsedMs() + meanMs(first) > order.limitMs;
    if (!isTimeUp && !order.rule.looks.includes(first.length)) continue;
    const { decision, rule } = judged(first, order);
    order.onDecision(decision, first.length);
    if (decision.needsConfirmation) return await confirmed(first, decision, rule, order);
    if (isTimeUp || decision.nextLook === null) return { ...nothing, blocks: first, decision, rule };
  }
}

/** The decision stands for the first round until enough fresh blocks are there. */
async function confirmed(
  first: readonly Block[],
  suspicion: GateDecision,
  rule: GateRule,
  { measure, onDecision }: RoundsOrder,
): Promise<Rounds> {
  const fresh: Block[] = [];
  const sofar = { decision: suspicion, rule, unproved: undefined, stopped: undefined };
  while (fresh.length < suspicion.confirmationBlocks) {
    const block = await measure('confirmation');
    if ('stopped' in block) return { ...sofar, blocks: [...first, ...fresh], stopped: block.stopped };
    fresh.push(block);
    if (!isProved(block)) return { ...sofar, blocks: [...first, ...fresh], decision: undefined, unproved: block };
  }
  const decision = confirm(suspicion, samplesOf(fresh), rule);
  onDecision(decision, fresh.length);
  return { ...sofar, blocks: [...first, ...fresh], decision };
}

function judged(blocks: readonly Block[], { rule }: RoundsOrder): { decision: GateDecision; rule: GateRule } {
  const [block] = blocks;
  const whole: GateRule = {
    ...rule,
    required: block === undefined ? [] : requiredMetrics(block),
    minutesPerBlock: block === undefined ? null : meanMs(blocks) / MS_PER_MINUTE,
  };
  return { rule: whole, decision: decide(samplesOf(blocks), whole) };
}

function isProved({ proofs }: Block): boolean {
  return proofs.length > 0 && proofs.every(({ verdict }) => verdict === 'valid');
}

function meanMs(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { durationMs }) => sum + durationMs, 0) / Math.max(1, blocks.length);
}
