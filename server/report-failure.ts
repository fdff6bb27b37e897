import { BufferLockedError } from './buffer/buffer-lock.ts';
import { ConfigError } from './config.ts';
import { DatabaseUnavailableError } from './database-check.ts';
import type { Logger } from './log.ts';
import { BudgetError } from './pool/connection-budget.ts';

/** Exit codes of sysexits.h. */
const EXIT_UNAVAILABLE = 69;
const EXIT_SOFTWARE = 70;
const EXIT_CONFIG = 78;

/** Logs why a process ends by itself, and answers with its exit code. */
export function reportFailure(error: unknown, log: Logger): number {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof ConfigError || error instanceof BudgetError || error instanceof BufferLockedError) {
    log.fatal({ event: 'refused', reason }, reason);
    return EXIT_CONFIG;
  }
  log.fatal({ event: 'failed', reason, err: error }, reason);
  return error instanceof DatabaseUnavailableError ? EXIT_UNAVAILABLE : EXIT_SOFTWARE;
}
