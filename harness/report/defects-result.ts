import { type Static, Type } from 'typebox';
import { ErrorReportSchema } from './error-record.ts';
import { ResultSchema } from './result.ts';

const strict = { additionalProperties: false } as const;

/**
 * What became of a trial: `caught` and `missed` of a defect, `clean` and `accused` of the good server, `unknown` when the
 * good server could not be judged.
 */
const TRIAL_VERDICTS = ['caught', 'missed', 'clean', 'accused', 'unknown'] as const;

const TrialSchema = Type.Object(
  {
    /** `none`: the good server. */
    defect: Type.String(),
    /** The scenario with what was set in it, or the conformance suite. */
    workload: Type.String(),
    /** The check or behaviour that must find a violation; null for the good server. */
    caughtBy: Type.Union([Type.String(), Type.Null()]),
    verdict: Type.Enum([...TRIAL_VERDICTS]),
    /** The first fact that shows the violation, or why there is none. */
    witness: Type.String(),
    /** Other checks and behaviours that found a violation. */
    alsoCaughtBy: Type.Array(Type.String()),
    /** What of its errors nothing explained, the most frequent classes; absent when no scenario was run. */
    unexplainedErrors: Type.Optional(ErrorReportSchema.properties.classes),
    durationMs: Type.Number(),
  },
  strict,
);

/** The model behind result.json, report.md and the terminal table of a run of defects. */
export const DefectsResultSchema = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    scenario: Type.String(),
    question: Type.String(),
    answer: Type.String(),
    verdict: Type.Enum(['passed', 'failed', 'inconclusive', 'interrupted']),
    exitCode: Type.Integer(),
    reasons: Type.Array(Type.String()),
    startedAt: Type.String(),
    durationMs: Type.Number(),
    seed: Type.Integer(),
    command: Type.String(),
    environment: ResultSchema.properties.environment,
    trials: Type.Array(TrialSchema),
  },
  strict,
);

export type DefectsResult = Static<typeof DefectsResultSchema>;

export type TrialResult = DefectsResult['trials'][number];
