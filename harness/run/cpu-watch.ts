import { monotonicUs } from '../measure/monotonic-clock.ts';
import { processCpuUs } from '../measure/process-cpu.ts';
import type { CpuTimes } from './run-record.ts';

interface Reading {
  readonly atUs: number;
  readonly serverUs: number | undefined;
  readonly postgresUs: number | undefined;
}

/** Reads the CPU time of server and PostgreSQL at the two ends of the measured window. */
export class CpuWatch {
  readonly #serverPid: number | undefined;
  readonly #postgresPid: number | undefined;
  #start: Promise<Reading> | undefined;

  constructor(serverPid: number | undefined, postgresPid: number | undefined) {
    this.#serverPid = serverPid;
    this.#postgresPid = postgresPid;
  }

  /** Takes the first reading; further calls change nothing. */
  begin(): void {
    this.#start ??= this.#read();
  }

  /** Takes the second reading and answers with the difference. */
  async end(loadGeneratorUs: number): Promise<CpuTimes> {
    const start = await this.#start;
    const end = await this.#read();
    return {
      serverUs: difference(start?.serverUs, end.serverUs),
      postgresUs: difference(start?.postgresUs, end.postgresUs),
      loadGeneratorUs,
      fromUs: start?.atUs ?? end.atUs,
      toUs: end.atUs,
    };
  }

  async #read(): Promise<Reading> {
    const begunUs = monotonicUs();
    const [serverUs, postgresUs] = await Promise.all([
      this.#serverPid === undefined ? undefined : processCpuUs([this.#serverPid]),
      this.#postgresPid === undefined ? undefined : processCpuUs([this.#postgresPid]),
    ]);
    // A look at /proc takes some milliseconds, in which the load goes on.
    return { atUs: (begunUs + monotonicUs()) / 2, serverUs, postgresUs };
  }
}

function difference(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
