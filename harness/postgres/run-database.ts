import { DatabaseError, escapeIdentifier } from 'pg';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { withAdminSession } from './admin-session.ts';
import type { ConnectionTarget, RunDatabase } from './provider.ts';

const DUPLICATE_DATABASE = '42P04';
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Makes an empty UTF-8 database `name` (any identifier, quoted). Disposing the result drops it with its sessions,
 * unless `keep()` was called. Throws CommandError (unavailable) when the name is taken or the role may not create one.
 */
export async function createRunDatabase(admin: ConnectionTarget, name: string): Promise<RunDatabase> {
  const quoted = escapeIdentifier(name);
  await withAdminSession(admin, (client) =>
    // template0: a template1 that somebody has filled must not reach a measurement.
    client.query(`CREATE DATABASE ${quoted} TEMPLATE template0 ENCODING 'UTF8'`),
  ).catch((error: unknown) => {
    throw explainRefusal(error, admin, name);
  });
  let kept = false;
  return {
    name,
    target: { ...admin, database: name },
    keep: () => {
      kept = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (kept) return;
      await withAdminSession(admin, (client) => client.query(`DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`)).catch(
        (error: unknown) => {
          // Nothing listens any more: a failed clean-up must not hide why the server went away.
          if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
        },
      );
    },
  };
}

function explainRefusal(error: unknown, admin: ConnectionTarget, name: string): unknown {
  const code = error instanceof DatabaseError ? error.code : undefined;
  if (code !== DUPLICATE_DATABASE && code !== INSUFFICIENT_PRIVILEGE) return error;
  const hint =
    code === DUPLICATE_DATABASE
      ? `drop it first: DROP DATABASE ${escapeIdentifier(name)}`
      : `grant the right as a superuser: ALTER ROLE ${escapeIdentifier(admin.user)} CREATEDB`;
  return new CommandError(
    EXIT_CODE.unavailable,
    `cannot create database "${name}" at ${admin.host}:${admin.port}: ${(error as DatabaseError).message}`,
    { hint, cause: error },
  );
}
