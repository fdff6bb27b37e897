import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';

const run = promisify(execFile);

/** Numeric ids a child process is started with. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

// `nobody` is on every Linux and macOS; taking it rather than adding a user leaves the machine as it was.
const ACCOUNTS = ['postgres', 'nobody'];

/**
 * The account PostgreSQL runs as when we are root (PostgreSQL refuses to run as root): `postgres` if the machine has
 * it, else `nobody`. Undefined for an ordinary user: the server then runs as that user.
 * Throws CommandError (unavailable) when the machine has neither account.
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const account of ACCOUNTS) {
    const user = await lookUp(account);
    if (user !== undefined) return user;
  }
  throw new CommandError(
    EXIT_CODE.unavailable,
    `PostgreSQL refuses to run as root, and this machine has no account to run it as (looked for: ${ACCOUNTS.join(', ')})`,
    {
      hint: 'run as an ordinary user, or add an account (`useradd --system postgres`, on Alpine `adduser -S postgres`), or give --postgres postgres://…',
    },
  );
}

async function lookUp(account: string): Promise<ServerUser | undefined> {
  const ids = await Promise.all([readId('-u', account), readId('-g', account)]);
  return ids[0] === undefined || ids[1] === undefined ? undefined : { uid: ids[0], gid: ids[1] };
}

async function readId(flag: '-u' | '-g', account: string): Promise<number | undefined> {
  return run('id', [flag, account]).then(
    // | 0: macOS writes the ids of nobody as 4294967294, the spawn options take a signed number.
    ({ stdout }) => Number(stdout.trim()) | 0,
    () => undefined,
  );
}
