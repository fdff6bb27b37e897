import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';
import { sampleProcesses } from './bench-processes.ts';

const PROGRAM = new URL('judge-sample.ts', import.meta.url);

const BATCHES = [100, 1] as const;
const MESSAGES = 1_000_000;
const TIMES = 5;

const LONGEST_CPU_S = 5;
/** Of the whole process, the evidence and the runtime among it. */
const LARGEST_PEAK_MB = 500;

/**
 * What it takes to judge a million messages by all checks: CPU time, which other programs on the machine change less than the
 * time by the clock, and the peak of the memory.
 *
 * @throws Error when a check accuses the sample: then it is not the usual way that was measured.
 */
export async function benchCheckers(context: BenchContext): Promise<BenchOutcome> {
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  for (const batch of BATCHES) {
    const words = (round: number) => [MESSAGES, batch, context.seed + round];
    const measured = await sampleProcesses({ program: PROGRAM, rounds: TIMES, words }, context);
    figures.push(...measured);
    bars.push(barOf(measured, `a million messages, batch=${batch}`));
  }
  return { figures, bars };
}

function barOf([cpu, peak]: readonly BenchFigure[], what: string): BenchBar {
  if (cpu === undefined || peak === undefined) throw new Error('the sample did not tell of CPU and peak');
  return {
    text: `${what}: at most ${LONGEST_CPU_S} s and ${LARGEST_PEAK_MB} MB`,
    met: cpu.value.high <= LONGEST_CPU_S * 1_000 && peak.value.high <= LARGEST_PEAK_MB,
    observed: `${Math.round(cpu.value.high)} ms, ${Math.round(peak.value.high)} MB`,
  };
}
