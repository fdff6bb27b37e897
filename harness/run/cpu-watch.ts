import { monotonicUs } from '../measure/monotonic-clock.ts';
import { CpuReading } from '../measure/process-cpu.ts';
import type { Span } from '../measure/spans.ts';
import type { CpuTimes } from './run-record.ts';
import { type ReadingAt, WindowReadings } from './window-readings.ts';

interface Reading {
  readonly serverUs: number | undefined;
  readonly postgresUs: number | undefined;
}

/** Reads the CPU time of server and PostgreSQL wherever the measured window may begin or end. */
export class CpuWatch {
  readonly #readings: WindowReadings<Reading>;

  constructor(serverPid: number | undefined, postgresPid: number | undefined) {
    this.#readings = new WindowReadings(async () => {
      const cpu = new CpuReading();
      return { serverUs: cpu.processesUs([serverPid]), postgresUs: cpu.processesUs([postgresPid]) };
    }, monotonicUs);
  }

  /** Takes a reading. */
  mark(): void {
    this.#readings.mark();
  }

  /** What was spent in the window that the load settled on, or in its slices; `loadGeneratorUs` is what that process spent. */
  async timesIn(measured: readonly Span[], loadGeneratorUs: number): Promise<CpuTimes> {
    const pairs: (readonly [ReadingAt<Reading>, ReadingAt<Reading>])[] = [];
    for (const { fromUs, toUs } of measured) pairs.push(await this.#readings.nearest(fromUs, toUs));
    return {
      serverUs: grown(pairs, ({ serverUs }) => serverUs),
      postgresUs: grown(pairs, ({ postgresUs }) => postgresUs),
      loadGeneratorUs,
      spans: pairs.map(([start, end]) => ({ fromUs: start.atUs, toUs: end.atUs })),
    };
  }
}

/** How much a counter grew between the readings of each pair, all of them together. */
function grown(
  pairs: readonly (readonly [ReadingAt<Reading>, ReadingAt<Reading>])[],
  counter: (reading: Reading) => number | undefined,
): number | undefined {
  return pairs.reduce<number | undefined>((sum, [start, end]) => {
    const [from, to] = [counter(start.value), counter(end.value)];
    return sum === undefined || from === undefined || to === undefined ? undefined : sum + to - from;
  }, 0);
}
