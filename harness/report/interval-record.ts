import { Type } from 'typebox';

/** A median with its 95 % interval over the rounds. */
export const IntervalSchema = Type.Object(
  { median: Type.Number(), low: Type.Number(), high: Type.Number() },
  { additionalProperties: false },
);
