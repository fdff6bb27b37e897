import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bootstrapMedian } from '../measure/interval.ts';
import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';
import type { JudgedSample } from './judge-sample.ts';

const SAMPLE = fileURLToPath(new URL('judge-sample.ts', import.meta.url));

const BATCHES = [100, 1] as const;
const MESSAGES = 1_000_000;
const TIMES = 3;

const LONGEST_CPU_S = 5;
/** Of the whole process, the evidence and the runtime among it. */
const LARGEST_PEAK_MB = 500;

/**
 * What it takes to judge a million messages by all checks: CPU time, which other programs on the machine change less than the
 * time by the clock, and the peak of the memory.
 *
 * @throws Error when a check accuses the sample: then it is not the usual way that was measured.
 */
export async function benchCheckers({ seed, signal, onProgress }: BenchContext): Promise<BenchOutcome> {
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  for (const batch of BATCHES) {
    const judged: JudgedSample[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      onProgress(`${MESSAGES.toLocaleString('en-GB')} messages in batches of ${batch}, ${time + 1} of ${TIMES}`);
      judged.push(await judgeSample(batch, seed + time, signal));
    }
    const what = `a million messages, batch=${batch}`;
    const cpu = bootstrapMedian(
      judged.map(({ cpuMs }) => cpuMs),
      seed,
    );
    const peak = bootstrapMedian(
      judged.map(({ peakMb }) => peakMb),
      seed,
    );
    figures.push({ what: `${what}: CPU`, unit: 'ms', value: cpu }, { what: `${what}: peak`, unit: 'MB', value: peak });
    bars.push({
      text: `${what}: at most ${LONGEST_CPU_S} s and ${LARGEST_PEAK_MB} MB`,
      met: cpu.high <= LONGEST_CPU_S * 1_000 && peak.high <= LARGEST_PEAK_MB,
      observed: `${Math.round(cpu.high)} ms, ${Math.round(peak.high)} MB`,
    });
  }
  return { figures, bars };
}

async function judgeSample(batch: number, seed: number, signal: AbortSignal): Promise<JudgedSample> {
  const { stdout } = await promisify(execFile)(process.execPath, [SAMPLE, `${MESSAGES}`, `${batch}`, `${seed}`], {
    signal,
  });
  const judged = JSON.parse(stdout) as JudgedSample;
  if (judged.accusing.length > 0) throw new Error(`a run without fault was accused by ${judged.accusing.join(', ')}`);
  return judged;
}
