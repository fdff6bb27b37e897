import type { Missing } from '../history/evidence.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import type { Result } from '../report/result.ts';
import type { TargetOrder } from '../target/target-order.ts';
import { describeMachine } from './machine.ts';

/** What the run ran on, for the report. */
export async function describeEnvironment(
  postgres: RunningPostgres | Missing,
  target: TargetOrder | undefined,
): Promise<Result['environment']> {
  const { node, ...machine } = await describeMachine();
  return {
    node,
    ...(target === undefined ? {} : { target: target.baseUrl }),
    ...describePostgres(postgres),
    ...machine,
  };
}

function describePostgres(postgres: RunningPostgres | Missing) {
  if ('missing' in postgres) {
    const nothing = { postgresSettings: {}, maxConnections: null };
    return { postgres: 'a database that is not known', provider: 'none', providerReason: postgres.missing, ...nothing };
  }
  return {
    postgres: postgres.version,
    provider: postgres.provider,
    providerReason: postgres.reason,
    maxConnections: postgres.maxConnections,
    postgresSettings: { ...postgres.nonDefaultSettings },
  };
}
