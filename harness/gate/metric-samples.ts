/** What a gate may hold against a candidate. */
export interface GateMetric {
  /** As in result.json: `throughput`, `popAck`, or the key of a cost. */
  readonly name: string;
  readonly unit: string;
  /** Which way is worse. */
  readonly better: 'higher' | 'lower';
  /** Speeds are noisy and get a margin; costs hardly vary from run to run and are held tightly. */
  readonly kind: 'speed' | 'cost';
}

/** One block: both versions in processes of their own, in alternating slices of the same minutes. */
export interface PairedBlock {
  /** Which version was started, and measured, first. */
  readonly lead: 'base' | 'candidate';
  /** Mean over the block's slices, in the metric's unit. */
  readonly base: number;
  readonly candidate: number;
}

/** One metric of one arm, block by block in the order in which they were run; empty when nothing was measured. */
export interface MetricSamples {
  readonly arm: string;
  readonly metric: GateMetric;
  readonly blocks: readonly PairedBlock[];
}
