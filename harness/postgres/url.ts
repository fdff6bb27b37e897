import { userInfo } from 'node:os';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { ConnectionTarget, PostgresOptions, RunningPostgres } from './provider.ts';
import { createRunDatabase } from './run-database.ts';
import { readServerFacts, requireMaxConnections } from './server-facts.ts';

const SHAPE = 'postgres://user:password@host:port/database';

/**
 * Takes a server that somebody else runs. Its max_connections must be what the scenario asks for.
 * Throws CommandError: usage for a malformed URL, unavailable for a server that does not answer or does not fit.
 * No error text holds the password.
 */
export async function takeServerAtUrl(url: string, options: PostgresOptions): Promise<RunningPostgres> {
  const admin = parsePostgresUrl(url);
  const label = `${admin.user}@${admin.host}:${admin.port}/${admin.database}`;
  const facts = await readServerFacts(admin).catch((error: unknown) => {
    throw explain(error, label);
  });
  requireMaxConnections(
    facts,
    options.maxConnections,
    `set max_connections = ${options.maxConnections} on ${label} and restart it, or write \`maxConnections: any\` in the scenario's postgres section`,
  );
  const unapplied = Object.keys(options.settings);
  return {
    provider: 'url',
    reason:
      unapplied.length === 0
        ? 'url: asked for'
        : `url: asked for; the scenario's settings are not applied to a server we did not start (${unapplied.join(', ')})`,
    ...facts,
    admin,
    log: { missing: 'the server behind a URL keeps its own log' },
    pid: undefined,
    control: { missing: 'a PostgreSQL behind a URL is not ours to stop' },
    createDatabase: (name) => createRunDatabase(admin, name),
    // Nothing is ours but the databases, and those have a disposal of their own.
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * Reads `postgres://user:password@host:port/database`; port 5432, this machine's user name and database `postgres` when
 * left out. Throws CommandError (usage) that never repeats the URL, because it may hold a password.
 */
export function parsePostgresUrl(text: string): ConnectionTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw malformed(`expected ${SHAPE}`);
  if (url.search !== '') {
    throw malformed(`parameters after "?" are not supported (${[...url.searchParams.keys()].join(', ')})`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decode(url.username) || userInfo().username,
    password: decode(url.password),
    database: decode(url.pathname.slice(1)) || 'postgres',
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw malformed('a "%" in user, password or database is written %25', error);
  }
}

function malformed(problem: string, cause?: unknown): CommandError {
  return new CommandError(EXIT_CODE.usage, `the PostgreSQL URL cannot be used: ${problem}`, {
    hint: `write ${SHAPE}`,
    cause,
  });
}

function explain(error: unknown, label: string): CommandError {
  // A host name with several addresses fails with an AggregateError, whose own message is empty.
  const { message, code } = error as NodeJS.ErrnoException;
  return new CommandError(EXIT_CODE.unavailable, `PostgreSQL at ${label} cannot be used: ${message || code}`, {
    hint: 'check that it runs and listens there and that user, password and database are right, or leave --postgres out',
    cause: error,
  });
}
