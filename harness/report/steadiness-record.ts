import { type Static, Type } from 'typebox';
import { STEADINESS_VERDICTS } from '../measure/steadiness.ts';

const strict = { additionalProperties: false } as const;
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

/** Whether the measured windows of an arm were steady. A statement about a figure, not a proof of it. */
export const SteadinessSchema = Type.Object(
  {
    /** The worst of the rounds; `unknown` when there was too little, or too much noise, to tell. */
    verdict: Type.Enum([...STEADINESS_VERDICTS]),
    rounds: Type.Array(
      Type.Object(
        {
          round: Type.Integer(),
          verdict: Type.Enum([...STEADINESS_VERDICTS]),
          /** From one end of the window to the other, of its mean rate; negative when it fell. */
          trendPercent: NullableNumber,
          /** Coefficient of variation without the trend. */
          variationPercent: NullableNumber,
          /** How much later the window began, because it was unsteady before, than was asked for. */
          extendedMs: Type.Number(),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type SteadinessRecord = Static<typeof SteadinessSchema>;
