import { type Static, Type } from 'typebox';
import { VERDICTS } from '../checkers/verdict.ts';
import { ResultSchema } from '../report/result.ts';
import { SIDES } from './slice-order.ts';

const strict = { additionalProperties: false } as const;
const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const GateMetricSchema = Type.Object(
  {
    /** `throughput`, `popAck`, or the key of a cost as in result.json. */
    name: Type.String(),
    unit: Type.String(),
    better: Type.Enum(['higher', 'lower']),
    kind: Type.Enum(['speed', 'cost']),
  },
  strict,
);

const Ends = { low: Type.Number(), high: Type.Number() };

/** What is known of one metric of one arm; see MetricDecision in decision.ts. */
const Metric = Type.Object(
  {
    arm: Type.String(),
    metric: GateMetricSchema,
    verdict: Type.Enum(['pass', 'fail', 'inconclusive']),
    reason: Type.String(),
    blocks: Type.Integer(),
    /** candidate / base, with the interval that the verdict was read from. */
    ratio: Nullable(Type.Object({ estimate: Type.Number(), ...Ends }, strict)),
    interval95: Nullable(Type.Object(Ends, strict)),
    blockSd: Nullable(Type.Number()),
    signFlipP: Nullable(Type.Number()),
    neededBlocks: Nullable(Type.Number()),
    /** Geometric mean over the blocks, in the metric's unit: for orientation, the ratio is what is judged. */
    base: Nullable(Type.Number()),
    candidate: Nullable(Type.Number()),
  },
  strict,
);

const Samples = Type.Object(
  {
    round: Type.Enum(['first', 'confirmation']),
    arm: Type.String(),
    metric: Type.String(),
    blocks: Type.Array(
      Type.Object({ lead: Type.Enum([...SIDES]), base: Type.Number(), candidate: Type.Number() }, strict),
    ),
  },
  strict,
);

/** A function, a statement, or a cost that is not what it was; per message, base and candidate. */
const Moved = Type.Object({ name: Type.String(), base: Type.Number(), candidate: Type.Number() }, strict);

/** What a loss may come from. */
const AttributionSchema = Type.Object(
  {
    /** Costs of the arms that failed, the farthest from 1 first; in the cost's unit. */
    costs: Type.Array(Type.Object({ arm: Type.String(), cost: Type.String(), ratio: Type.Number() }, strict)),
    /** CPU time that functions of the server spent themselves, µs a message, in one profiled block. */
    functions: Type.Array(Moved),
    /** Of `pg_stat_statements` in that block: executions a message, and the mean time of one in µs. */
    statements: Type.Array(
      Type.Object(
        {
          text: Type.String(),
          calls: Type.Object({ base: Type.Number(), candidate: Type.Number() }, strict),
          meanUs: Type.Object({ base: Nullable(Type.Number()), candidate: Nullable(Type.Number()) }, strict),
        },
        strict,
      ),
    ),
    /** What could not be found out, and why. */
    missing: Type.Array(Type.String()),
  },
  strict,
);

const Version = Type.Object(
  {
    /** As it is named in the report. */
    label: Type.String(),
    commit: Nullable(Type.String()),
    /** The base's: how it got its packages. */
    detail: Type.String(),
  },
  strict,
);

/** The model behind gate.json, gate.md, junit.xml and the terminal. */
export const GateResultSchema = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    kind: Type.Literal('gate'),
    /** `invalid`: a version lost or altered messages, so there is nothing to compare. */
    verdict: Type.Enum(['pass', 'fail', 'inconclusive', 'invalid', 'interrupted']),
    exitCode: Type.Integer(),
    /** The verdict in one sentence. */
    answer: Type.String(),
    reasons: Type.Array(Type.String()),
    notes: Type.Array(Type.String()),
    startedAt: Type.String(),
    durationMs: Type.Number(),
    seed: Type.Integer(),
    command: Type.String(),
    scenario: Type.String(),
    base: Version,
    candidate: Version,
    environment: ResultSchema.properties.environment,
    /** What the verdict was read by; shares. */
    rule: Type.Object(
      {
        margin: Type.Number(),
        tolerated: Type.Number(),
        costMargin: Type.Number(),
        costTolerated: Type.Number(),
        looks: Type.Array(Type.Integer()),
        minutes: Type.Number(),
      },
      strict,
    ),
    metrics: Type.Array(Metric),
    blocks: Type.Array(
      Type.Object(
        {
          number: Type.Integer(),
          round: Type.Enum(['first', 'confirmation', 'attribution']),
          lead: Type.Enum([...SIDES]),
          durationMs: Type.Number(),
          proof: Type.Enum([...VERDICTS]),
        },
        strict,
      ),
    ),
    dropped: Type.Array(Type.Object({ number: Type.Integer(), reason: Type.String() }, strict)),
    /** Checks that are not valid, of whichever block. */
    violations: Type.Array(
      Type.Object(
        {
          block: Type.Integer(),
          side: Type.Enum([...SIDES]),
          check: Type.String(),
          verdict: Type.Enum([...VERDICTS]),
          summary: Type.String(),
          witness: Type.Array(Type.String()),
        },
        strict,
      ),
    ),
    samples: Type.Array(Samples),
    /** Null unless the gate failed. */
    attribution: Nullable(AttributionSchema),
  },
  strict,
);

export type GateResult = Static<typeof GateResultSchema>;
export type GateMetricResult = Static<typeof Metric>;
export type GateAttribution = Static<typeof AttributionSchema>;
