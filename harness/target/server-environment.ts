import type { ConnectionTarget } from '../postgres/provider.ts';
import type { PoolMode } from '../scenario/groups.ts';

/** What a scenario may choose about the server. */
export interface ServerSettings {
  /** NUM_WORKERS. */
  readonly workers: number;
  /** DB_POOL_SIZE. */
  readonly poolSize: number;
  /** POOL_MODE; split when absent. */
  readonly poolMode?: PoolMode;
  readonly database: ConnectionTarget;
  /** PORT; a free one when absent. */
  readonly port?: number;
}

const INHERITED = ['PATH', 'TZ', 'TMPDIR', 'SystemRoot'] as const;

/** All that what is measured inherits: what programs need to run at all. No PG* or NODE_* variable may change it. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: the one place that decides what the server inherits
  const inherited = INHERITED.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(inherited);
}

/**
 * The whole environment of a server process: a port of 127.0.0.1 and the given settings. The password goes this way
 * because a command line can be read by every user of the machine.
 */
export function serverEnvironment({
  workers,
  poolSize,
  poolMode = 'split',
  database,
  port = 0,
}: ServerSettings): NodeJS.ProcessEnv {
  return {
    ...inheritedEnvironment(),
    HOST: '127.0.0.1',
    PORT: String(port),
    NUM_WORKERS: String(workers),
    DB_POOL_SIZE: String(poolSize),
    POOL_MODE: poolMode,
    PG_HOST: database.host,
    PG_PORT: String(database.port),
    PG_DB: database.database,
    PG_USER: database.user,
    PG_PASSWORD: database.password,
  };
}
