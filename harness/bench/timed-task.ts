import { Bench } from 'tinybench';
import { bootstrapMedian, type Interval } from '../measure/interval.ts';
import type { BenchContext } from './bench.ts';

interface TimedTask {
  /** Does the work of `units` units once; throws when the work was not done. */
  readonly work: () => void | Promise<void>;
  readonly units: number;
  /** How often the work is done at least, warm-up apart. */
  readonly iterations: number;
}

const LEAST_TIME_MS = 500;

/** Nanoseconds a unit of work takes: the median of the iterations, with its interval. */
export async function timeTask(
  { work, units, iterations }: TimedTask,
  { seed, signal }: Pick<BenchContext, 'seed' | 'signal'>,
): Promise<Interval> {
  const bench = new Bench({
    iterations,
    time: LEAST_TIME_MS,
    warmupIterations: 1,
    warmupTime: LEAST_TIME_MS / 2,
    retainSamples: true,
    throws: true,
    signal,
  });
  bench.add('work', work);
  const [task] = await bench.run();
  signal.throwIfAborted();
  const samples = task?.result.state === 'completed' ? task.result.latency.samples : undefined;
  if (samples === undefined) throw new Error(`the bench ended as ${task?.result.state}`);
  return bootstrapMedian(
    samples.map((ms) => (ms * 1_000_000) / units),
    seed,
  );
}
