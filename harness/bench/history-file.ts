import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';
import { sampleProcesses } from './bench-processes.ts';

const PROGRAM = new URL('history-file-sample.ts', import.meta.url);

const BATCHES = [100, 1] as const;
const MESSAGES = 1_000_000;
const TIMES = 5;

/** For requests of 100 messages, the batch of the main scenario. */
const LONGEST_WRITE_MS = 2_000;
const LARGEST_FILE_MB = 12;

/**
 * How long the history of a million messages takes to be written and read, and how large it is. A process writes and reads
 * it once, as a run does.
 */
export async function benchHistoryFile(context: BenchContext): Promise<BenchOutcome> {
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  for (const batch of BATCHES) {
    const words = (round: number) => [MESSAGES, batch, context.seed + round];
    const measured = await sampleProcesses({ program: PROGRAM, rounds: TIMES, words }, context);
    figures.push(...measured);
    if (batch === BATCHES[0]) bars.push(...barsOf(measured));
  }
  return { figures, bars };
}

function barsOf([write, , size]: readonly BenchFigure[]): readonly BenchBar[] {
  if (write === undefined || size === undefined) throw new Error('the sample did not tell of the write and the size');
  const { median, low, high } = write.value;
  return [
    {
      text: `a million messages are written in less than ${LONGEST_WRITE_MS / 1_000} s`,
      met: high < LONGEST_WRITE_MS ? true : low > LONGEST_WRITE_MS ? false : null,
      observed: `${Math.round(median)} ms`,
    },
    {
      text: `their file has at most ${LARGEST_FILE_MB} MB`,
      met: size.value.high <= LARGEST_FILE_MB,
      observed: `${size.value.high.toFixed(1)} MB`,
    },
  ];
}
