import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output; `worker` is 0 in the primary. Secrets are kept out by never being passed in. */
export function createLog(level: string, worker: number): Logger {
  return pino({ level, base: { pid: process.pid, worker } });
}
