import type { PostgresOptions } from './provider.ts';

/**
 * Settings for a server we start: the connection limit, a log line prefix with time and SQLSTATE (log checks read it),
 * then the scenario's own. Everything else, fsync and synchronous_commit among it, stays at its default.
 */
export function serverSettings(options: PostgresOptions): Readonly<Record<string, string>> {
  return {
    ...(options.maxConnections === 'any' ? {} : { max_connections: String(options.maxConnections) }),
    log_line_prefix: '%m [%p] %e %a ',
    ...options.settings,
  };
}
