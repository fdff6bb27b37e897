import { type Static, Type } from 'typebox';
import { SYSTEM_METRICS } from '../measure/system-samples.ts';

const strict = { additionalProperties: false } as const;

/** What one source told of the system: all its series share its times. */
const Source = Type.Object(
  {
    /** `server` (its own metrics), `processes` (/proc), `sessions` (pg_stat_activity), `load generator`, `consumers`, `harness`. */
    source: Type.String(),
    /** Milliseconds since the measured window began; those of the warm-up are negative. */
    atMs: Type.Array(Type.Number()),
    series: Type.Array(
      Type.Object(
        {
          /** Units are in the names; see measure/system-samples.ts. */
          metric: Type.Enum([...SYSTEM_METRICS]),
          /** Whose: `worker 1`, `PostgreSQL`, or a state or a wait of sessions. */
          of: Type.String(),
          /** One for each time; null where nothing was told. */
          values: Type.Array(Type.Union([Type.Number(), Type.Null()])),
        },
        strict,
      ),
    ),
  },
  strict,
);

/** How the system was during the load of one run. */
export const SystemSchema = Type.Object(
  {
    round: Type.Integer(),
    sources: Type.Array(Source),
    /** What could not be watched, and why; a sentence each. */
    absent: Type.Array(Type.String()),
  },
  strict,
);

export type SystemRecord = Static<typeof SystemSchema>;
