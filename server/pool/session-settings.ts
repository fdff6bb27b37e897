import type { ServerConfig } from '../config.ts';
import type { SessionSettings } from './session.ts';

/** Settings of the sessions of one of a worker's pools. */
export function sessionSettings(config: ServerConfig, pool: 'async' | 'regular', worker: number): SessionSettings {
  return {
    applicationName: `queueproof/${pool}/${worker}`,
    schema: config.schema,
    statementTimeoutMs: config.statementTimeoutMs,
    lockTimeoutMs: config.lockTimeoutMs,
    idleInTransactionTimeoutMs: config.idleInTransactionTimeoutMs,
  };
}
