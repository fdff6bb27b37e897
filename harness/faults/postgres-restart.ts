import type { Inject } from './fault.ts';
import { postgresOutage } from './postgres-outage.ts';

/** PostgreSQL is shut down in order and stays down until the fault is healed, as in an upgrade. */
export const postgresRestart: Inject = (targets) =>
  postgresOutage(targets, {
    what: 'fast shutdown of PostgreSQL',
    begin: (control) => control.stop(),
    end: (control) => control.start(),
    expected: 'refuses',
  });
