import { Type } from 'typebox';

const strict = { additionalProperties: false } as const;

/** Throughput over one numeric parameter; the figures are those of the arms. */
export const SweepSchema = Type.Object(
  {
    /** What x counts: `connections`. */
    unit: Type.String(),
    lines: Type.Array(
      Type.Object(
        {
          /** Empty when there is one line alone. */
          name: Type.String(),
          points: Type.Array(Type.Object({ x: Type.Number(), arm: Type.String() }, strict)),
          /** Where more stops to pay; null when that is not between the points. */
          marked: Type.Union([Type.Number(), Type.Null()]),
        },
        strict,
      ),
    ),
  },
  strict,
);
