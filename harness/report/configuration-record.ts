import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;

/** What was asked for, without passwords. */
export const ConfigurationSchema = Type.Object(
  {
    /** The whole scenario as it was run, with every default. */
    scenarioYaml: Type.String(),
    /** What differs from the defaults. */
    changed: Type.Array(
      Type.Object(
        {
          /** Dotted, `server.workers`. */
          key: Type.String(),
          /** One value, or those that the matrix varies. */
          values: Type.Array(Type.Unknown()),
          isVaried: Type.Boolean(),
          /** Null for what has none. */
          default: Type.Unknown(),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type ConfigurationRecord = Static<typeof ConfigurationSchema>;
