import type { RequiredMetric } from './decision.ts';
import type { GateMetric, MetricSamples, PairedBlock } from './metric-samples.ts';
import type { Block } from './run-block.ts';
import type { Slice, Spent } from './slice.ts';
import type { Side } from './slice-order.ts';

/** How a metric is made of the slices of one side; undefined when one of them does not tell. */
interface SlicedMetric {
  readonly metric: GateMetric;
  readonly kinds: readonly Slice['kind'][];
  /** What has to be told for it to be a metric at all. */
  readonly needs: readonly (keyof Spent)[];
  readonly of: (slices: readonly Slice[]) => number | undefined;
}

const US_PER_S = 1_000_000;

/**
 * How many statements and transactions a pushed message takes depends on how many requests happen to share them: of one
 * version on a busy machine they differed by 15 to 20 % from block to block (standard deviation), statements of a transaction
 * by less than 1 % with single messages. Consumers share none, and there both differed by 3 %.
 */
const METRICS: readonly SlicedMetric[] = [
  { metric: speed('throughput'), kinds: ['push'], needs: [], of: ratePerS },
  { metric: speed('popAck'), kinds: ['pop'], needs: [], of: ratePerS },
  costMetric('serverCpuUs', 'µs', ['push', 'pop']),
  costMetric('serverLoopCpuUs', 'µs', ['push', 'pop']),
  costMetric('postgresCpuUs', 'µs', ['push', 'pop']),
  {
    metric: { name: 'statementsPerTransaction', unit: '1', better: 'lower', kind: 'cost' },
    kinds: ['push'],
    needs: ['statements', 'writeTransactions'],
    of: (slices) => ratioOf(spentOn(slices, 'statements'), spentOn(slices, 'writeTransactions')),
  },
  costMetric('statements', '1', ['pop']),
  costMetric('writeTransactions', '1', ['pop']),
  costMetric('walBytes', 'bytes', ['push', 'pop']),
];

/**
 * The blocks as paired figures, metric by metric: a speed is all messages of a side's windows by all their time, a cost all
 * that its slices spent by all messages it was spent on. A block in which one side does not tell a metric has none of it, so
 * a version that lost a counter is seen by the missing blocks.
 */
export function samplesOf(blocks: readonly Block[]): readonly MetricSamples[] {
  return armsOf(blocks).flatMap(({ arm, kind }) =>
    toldMetrics(arm, kind, blocks).map(({ metric, of }) => ({
      arm,
      metric,
      blocks: blocks.flatMap((block): readonly PairedBlock[] => {
        const figure = (side: Side) => of(block.slices.filter((slice) => slice.arm === arm && slice.side === side));
        const [base, candidate] = [figure('base'), figure('candidate')];
        return base === undefined || candidate === undefined ? [] : [{ lead: block.lead, base, candidate }];
      }),
    })),
  );
}

/**
 * What a gate on these arms has to have samples of: the speeds always, and each cost that anybody told in the first block; a
 * PostgreSQL elsewhere, or one that counts no statements, tells less.
 */
export function requiredMetrics(first: Block): readonly RequiredMetric[] {
  return armsOf([first]).flatMap(({ arm, kind }) =>
    toldMetrics(arm, kind, [first]).map(({ metric }) => ({ arm, metric: metric.name })),
  );
}

/** The speeds, and the costs that one side at least has told. */
function toldMetrics(arm: string, kind: Slice['kind'], blocks: readonly Block[]): readonly SlicedMetric[] {
  const slices = blocks.flatMap((block) => block.slices.filter((slice) => slice.arm === arm));
  const isTold = (name: keyof Spent) => slices.some(({ spent }) => spent[name] !== undefined);
  return METRICS.filter(({ kinds, needs }) => kinds.includes(kind) && needs.every(isTold));
}

function armsOf(blocks: readonly Block[]): readonly Pick<Slice, 'arm' | 'kind'>[] {
  const arms = new Map(blocks.flatMap(({ slices }) => slices.map(({ arm, kind }) => [arm, kind] as const)));
  return [...arms].map(([arm, kind]) => ({ arm, kind }));
}

function speed(name: string): GateMetric {
  return { name, unit: 'msg/s', better: 'higher', kind: 'speed' };
}

function ratePerS(slices: readonly Slice[]): number | undefined {
  const messages = slices.reduce((sum, slice) => sum + slice.messages, 0);
  const windowUs = slices.reduce((sum, slice) => sum + slice.windowUs, 0);
  return messages > 0 && windowUs > 0 ? (messages * US_PER_S) / windowUs : undefined;
}

function costMetric(name: keyof Spent, unit: string, kinds: SlicedMetric['kinds']): SlicedMetric {
  return {
    metric: { name, unit, better: 'lower', kind: 'cost' },
    ...{ kinds, needs: [name] },
    of: (slices) => {
      const messages = slices.reduce((sum, slice) => sum + slice.spentMessages, 0);
      return ratioOf(spentOn(slices, name), messages);
    },
  };
}

/** Undefined when one of the slices does not tell. */
function spentOn(slices: readonly Slice[], name: keyof Spent): number | undefined {
  let amount = 0;
  for (const { spent } of slices) {
    const part = spent[name];
    if (part === undefined) return undefined;
    amount += part;
  }
  return amount;
}

/** Nothing spent has no ratio: PostgreSQL without a write has no WAL to compare. */
function ratioOf(amount: number | undefined, on: number | undefined): number | undefined {
  return amount !== undefined && amount > 0 && on !== undefined && on > 0 ? amount / on : undefined;
}
