import type { Inject } from './fault.ts';
import { postgresOutage } from './postgres-outage.ts';

/** PostgreSQL dies as in a power cut; what it has answered for must be on its disk. */
export const postgresKill: Inject = (targets) =>
  postgresOutage(targets, {
    what: 'SIGKILL to all processes of PostgreSQL',
    begin: (control) => control.kill(),
    end: (control) => control.start(),
    expected: 'refuses',
  });
