import type { Inject } from './fault.ts';
import { postgresOutage } from './postgres-outage.ts';

/** PostgreSQL stands still: connections stay open, and nobody is told. */
export const postgresPause: Inject = (targets) =>
  postgresOutage(targets, {
    what: 'all processes of PostgreSQL paused',
    begin: (control) => control.pause(),
    end: (control) => control.resume(),
    expected: 'is silent',
  });
