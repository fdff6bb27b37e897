import { monotonicUs } from '../measure/monotonic-clock.ts';
import { CpuReading } from '../measure/process-cpu.ts';
import type { CpuTimes } from './run-record.ts';
import { WindowReadings } from './window-readings.ts';

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

  /** What was spent in the window that the load settled on; `loadGeneratorUs` is what the load process says of itself. */
  async timesOf(window: {
    readonly measuredFromUs: number;
    readonly measuredToUs: number;
    readonly cpuUs: number;
  }): Promise<CpuTimes> {
    const [start, end] = await this.#readings.nearest(window.measuredFromUs, window.measuredToUs);
    return {
      serverUs: difference(start.value.serverUs, end.value.serverUs),
      postgresUs: difference(start.value.postgresUs, end.value.postgresUs),
      loadGeneratorUs: window.cpuUs,
      fromUs: start.atUs,
      toUs: end.atUs,
    };
  }
}

function difference(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
