import { type Static, Type } from 'typebox';
import { PROFILE_KINDS } from '../profile/profile-kind.ts';

const strict = { additionalProperties: false } as const;

/** What the server spent on each function; `us` of CPU time as it was sampled, or `bytes` it allocated. */
const ProfileCosts = Type.Object(
  {
    unit: Type.Enum(['us', 'bytes']),
    /** Of all the work: everything but `(idle)` and `(profiler)`. */
    total: Type.Number(),
    /** The most expensive first, by what they spent themselves. */
    functions: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          /** File and line; empty for what is no JavaScript. */
          place: Type.String(),
          self: Type.Number(),
          /** With what it called. */
          total: Type.Number(),
        },
        strict,
      ),
    ),
    /** What belongs to no function: `(program)` (native code), `(garbage collector)`, `(profiler)` (its own), `(idle)`. */
    outside: Type.Array(Type.Object({ name: Type.String(), self: Type.Number() }, strict)),
  },
  strict,
);

/** What the server was seen to do by a tool that slows it down. */
export const ProfileSchema = Type.Object(
  {
    with: Type.Enum([...PROFILE_KINDS]),
    /** Which processes were looked into, and when. */
    subject: Type.String(),
    /** Absent where the tool tells only by its own page, or failed. */
    costs: Type.Optional(ProfileCosts),
    /** Paths in the report folder. */
    files: Type.Array(Type.String()),
    /** Why there is not all that was asked for. */
    failure: Type.Union([Type.String(), Type.Null()]),
  },
  strict,
);

export type ProfileRecord = Static<typeof ProfileSchema>;
