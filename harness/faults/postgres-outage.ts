import type { PostgresControl } from '../postgres/provider.ts';
import { FaultImpossible, type FaultTargets, type InjectedFault } from './fault.ts';
import { askPostgres, type PostgresAnswer, untilPostgresAnswers } from './postgres-answer.ts';

/** Recovery after a kill replays what was written since the last checkpoint. */
const BACK_LIMIT_MS = 60_000;

export interface Outage {
  /** What is done, for the record. */
  readonly what: string;
  readonly begin: (control: PostgresControl) => Promise<void>;
  readonly end: (control: PostgresControl) => Promise<void>;
  /** What a new connection must meet while it lasts. */
  readonly expected: PostgresAnswer;
}

/**
 * Takes PostgreSQL away; healed when it accepts connections again. Throws FaultImpossible when the server is not ours,
 * and an Error, after undoing it, when the outage is not to be seen.
 */
export async function postgresOutage(
  { postgres, database }: Pick<FaultTargets, 'postgres' | 'database'>,
  { what, begin, end, expected }: Outage,
): Promise<InjectedFault> {
  const { control, pid, provider } = postgres;
  if ('missing' in control) throw new FaultImpossible(control.missing);
  await begin(control);
  const heal = async () => {
    await end(control);
    await untilPostgresAnswers(database, BACK_LIMIT_MS);
  };
  const answer = await askPostgres(database);
  if (answer !== expected) {
    await heal();
    throw new Error(`${what}: a new connection ${answer === 'answers' ? 'was accepted' : `found that it ${answer}`}`);
  }
  return { detail: `${what} (${pid === undefined ? provider : `postmaster ${pid}`})`, heal };
}
