import { Bench } from 'tinybench';
import type { Reading } from './reading.ts';

interface TimedTask {
  readonly what: string;
  readonly scale: keyof typeof PER_MS;
  /** What one piece of the work is called, and how many of them `work` does. */
  readonly piece: string;
  readonly pieces: number;
  /** Throws when the work was not done: it looks at every result, so that the engine cannot leave the work out. */
  readonly work: () => void;
}

const PER_MS = Object.freeze({ ns: 1_000_000, µs: 1_000, ms: 1 });

const TIME_MS = 100;
const LEAST_ITERATIONS = 5;

/** How long a piece of the work takes: the median of iterations in this process, after a warm-up. Throws what `work` throws. */
export async function timeTask({ what, scale, piece, pieces, work }: TimedTask): Promise<Reading> {
  const bench = new Bench({
    time: TIME_MS,
    iterations: LEAST_ITERATIONS,
    warmupTime: TIME_MS / 2,
    warmupIterations: 1,
    throws: true,
  });
  bench.add(what, work, { async: false });
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error(`the bench ended as ${task?.result.state}`);
  return { what, unit: `${scale}/${piece}`, value: (task.result.latency.p50 * PER_MS[scale]) / pieces };
}
