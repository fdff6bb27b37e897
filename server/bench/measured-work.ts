import { types } from 'node:util';
import { Bench } from 'tinybench';

/** One part of the server at work, and how it is known that the work was done. */
interface MeasuredWork<Input, Result extends NonNullable<unknown>> {
  readonly what: string;
  readonly scale: keyof typeof PER_MS;
  /** What one piece of the work is called, and how many of them `work` does. */
  readonly piece: string;
  readonly pieces: number;
  /** Makes ready what an iteration needs, untimed. */
  readonly before: () => Input | Promise<Input>;
  /** An `async` function when it waits for anything. */
  readonly work: (input: Input) => Result | Promise<Result>;
  /**
   * Looks at the result of every iteration, untimed, and throws when the work was not done. As it reads the result, the
   * engine cannot leave the work out.
   */
  readonly check: (result: Result, input: Input) => void | Promise<void>;
}

const PER_MS = Object.freeze({ ns: 1_000_000, µs: 1_000 });

const TIME_MS = 100;
const LEAST_ITERATIONS = 5;
/** The engine has compiled what is hot after a few milliseconds. */
const WARM_UP_MS = 50;

/**
 * Measures the work and prints the median of its iterations as one JSON line. That is one sample: the harness starts this
 * process again and again, because iterations of one process are not independent of each other.
 *
 * @throws what `check` throws, and what the work itself does.
 */
export async function measure<Input, Result extends NonNullable<unknown>>(
  measured: MeasuredWork<Input, Result>,
): Promise<void> {
  const { what, scale, piece, pieces, before, work, check } = measured;
  const bench = new Bench({
    time: TIME_MS,
    iterations: LEAST_ITERATIONS,
    warmupTime: WARM_UP_MS,
    warmupIterations: 1,
    throws: true,
  });
  let input!: Input;
  let result: Result | undefined;
  // Told, for tinybench would find it out by a call of its own, which goes without `before` and `check`.
  const isAsync = types.isAsyncFunction(work);
  const once = isAsync
    ? async () => {
        result = await work(input);
      }
    : () => {
        result = work(input) as Result;
      };
  bench.add(what, once, {
    async: isAsync,
    beforeEach: async () => {
      input = await before();
      result = undefined;
    },
    afterEach: async () => {
      // Work that threw has no result; tinybench tells what it threw.
      if (result !== undefined) await check(result, input);
    },
  });
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error(`the bench ended as ${task?.result.state}`);
  const value = (task.result.latency.p50 * PER_MS[scale]) / pieces;
  process.stdout.write(`${JSON.stringify({ what, unit: `${scale}/${piece}`, value })}\n`);
}
