import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { parsePostgresUrl } from '../postgres/url.ts';
import { parseTargetUrl } from './target-url.ts';

/** A server that somebody else started, as the command line names it. */
export interface TargetOrder {
  /** Without a slash at its end, and without credentials. */
  readonly baseUrl: string;
  /** URL of the database the server keeps its messages in; undefined when it is not told. */
  readonly postgresUrl: string | undefined;
  /** The DB_POOL_SIZE it was started with; undefined when it is not told. */
  readonly poolSize: number | undefined;
}

interface TargetWords {
  readonly target?: string | undefined;
  readonly targetPostgres?: string | undefined;
  readonly targetPoolSize?: number | undefined;
  readonly postgres?: string | undefined;
}

/**
 * Reads what the command line says about a target; undefined when the server is ours to start. Any machine is taken: it
 * was named on purpose. Throws CommandError (usage) for URLs that are none and for options that do not go together.
 */
export function readTargetOrder(words: TargetWords): TargetOrder | undefined {
  const { target, targetPostgres, targetPoolSize, postgres } = words;
  if (target === undefined) {
    const word = targetPostgres !== undefined ? '--target-postgres' : '--target-pool-size';
    if (targetPostgres === undefined && targetPoolSize === undefined) return undefined;
    throw new CommandError(EXIT_CODE.usage, `${word} describes a server of yours, but --target names none`, {
      hint: 'name it, --target http://127.0.0.1:6632, or choose the PostgreSQL of a server we start with --postgres',
    });
  }
  if (postgres !== undefined) {
    throw new CommandError(EXIT_CODE.usage, '--postgres is for a server we start, and with --target we start none', {
      hint: 'the database of a target is named with --target-postgres postgres://user:password@host:port/database',
    });
  }
  const baseUrl = parseTargetUrl(target, true);
  if (new URL(baseUrl).pathname !== '/') {
    throw new CommandError(EXIT_CODE.usage, `--target: expected a URL without a path, got "${baseUrl}"`, {
      hint: `the routes begin at the root: --target ${new URL(baseUrl).origin}`,
    });
  }
  if (targetPostgres !== undefined) parsePostgresUrl(targetPostgres);
  return { baseUrl, postgresUrl: targetPostgres, poolSize: targetPoolSize };
}
