import { type Static, Type } from 'typebox';
import { VERDICTS } from '../checkers/verdict.ts';
import { FAULT_KINDS } from '../history/fault-record.ts';
import { ConfigurationSchema } from './configuration-record.ts';
import { ErrorReportSchema } from './error-record.ts';
import { IntervalSchema as Interval } from './interval-record.ts';
import { LatencySchema as Latency } from './latency-record.ts';
import { OpenLoopSchema } from './open-loop-record.ts';
import { PartCeiling } from './part-ceiling.ts';
import { PercentileCurveSchema } from './percentile-curve.ts';
import { PopAckSchema } from './pop-ack-record.ts';
import { ProfileSchema } from './profile-record.ts';
import { SaturationSchema } from './saturation-record.ts';
import { SteadinessSchema } from './steadiness-record.ts';
import { SweepSchema } from './sweep-record.ts';
import { SystemSchema } from './system-record.ts';

const strict = { additionalProperties: false } as const;
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);
const NullableInteger = Type.Union([Type.Integer(), Type.Null()]);

const Check = Type.Object(
  {
    name: Type.String(),
    arm: Type.String(),
    /** Round of the run that was judged; the worst of an arm's rounds is listed first. */
    round: Type.Integer(),
    verdict: Type.Enum([...VERDICTS]),
    summary: Type.String(),
    counts: Type.Record(Type.String(), Type.Number()),
    witness: Type.Array(Type.String()),
  },
  strict,
);

/** One second (or shorter, see `bucketMs`) of one run, for the charts. */
const Series = Type.Object(
  {
    round: Type.Integer(),
    bucketMs: Type.Number(),
    /** Start of the measured window on the series' own time axis. */
    measuredFromMs: Type.Number(),
    acknowledgedPerS: Type.Array(Type.Number()),
    latencyP50Us: Type.Array(NullableNumber),
    latencyP99Us: Type.Array(NullableNumber),
    errors: Type.Array(Type.Number()),
    /** Server connections by pool at the sampling times. */
    connections: Type.Array(
      Type.Object({ atMs: Type.Number(), async: Type.Number(), regular: Type.Number(), total: Type.Number() }, strict),
    ),
  },
  strict,
);

/** A fault that was asked for. Times are milliseconds since the measured window began, so those of the warm-up are negative. */
const Fault = Type.Object(
  {
    round: Type.Integer(),
    kind: Type.Enum([...FAULT_KINDS]),
    /** Whom a network fault kept from the server. */
    between: Type.Union([Type.Literal('database'), Type.Literal('clients'), Type.Null()]),
    fromMs: Type.Number(),
    /** Null when it was never seen to be healed. */
    toMs: NullableNumber,
    outcome: Type.Enum(['injected', 'impossible', 'failed']),
    /** What was done, or why it could not be. */
    detail: Type.String(),
  },
  strict,
);

const Arm = Type.Object(
  {
    name: Type.String(),
    /** All parameters by dotted key (`server.workers`, `load.route`), not only the varied ones. */
    parameters: Type.Record(Type.String(), Type.Unknown()),
    rounds: Type.Integer(),
    verdict: Type.Enum([...VERDICTS]),
    /** Set when the server refused to start with these parameters, in its own words. */
    refused: Type.Union([Type.String(), Type.Null()]),
    attemptedMessages: Type.Integer(),
    acknowledgedMessages: Type.Integer(),
    /** Null when a check of this arm is not valid: no figure without proof. */
    throughputMsgPerS: Type.Union([Interval, Type.Null()]),
    throughputByRound: Type.Array(NullableNumber),
    requestsPerS: NullableNumber,
    /** In an open loop from the intended time. */
    latencyUs: Type.Union([Latency, Type.Null()]),
    /** Of the same latency; absent in results of before it was kept, null when a check of this arm is not valid. */
    percentileCurve: Type.Optional(Type.Union([PercentileCurveSchema, Type.Null()])),
    /** Absent in a closed loop; null, like throughputMsgPerS, when a check of this arm is not valid. */
    openLoop: Type.Optional(Type.Union([OpenLoopSchema, Type.Null()])),
    /** Absent when it was not measured; null, like throughputMsgPerS, when a check of this arm is not valid. */
    popAck: Type.Optional(Type.Union([PopAckSchema, Type.Null()])),
    /** Absent when none was searched; null, like throughputMsgPerS, when a check of this arm is not valid. */
    saturation: Type.Optional(Type.Union([SaturationSchema, Type.Null()])),
    /** Absent where unsteadiness is meant: under faults, on a ramp, when a number of messages was sent. */
    steadiness: Type.Optional(SteadinessSchema),
    /** Absent when none were asked for. */
    faults: Type.Optional(Type.Array(Fault)),
    errors: Type.Array(
      Type.Object(
        {
          class: Type.String(),
          count: Type.Integer(),
          /** One of them as it was seen, in the server's or the socket's own words. */
          example: Type.Optional(Type.String()),
        },
        strict,
      ),
    ),
    /** Errors of every source, judged; its producers' counts are those of `errors`. Absent when nothing ran, and in results of before. */
    errorReport: Type.Optional(ErrorReportSchema),
    connections: Type.Object(
      {
        /** 0 when nothing was sampled. */
        peak: Type.Integer(),
        peakAsync: Type.Integer(),
        peakRegular: Type.Integer(),
        budget: NullableNumber,
        /** Null, like the one of the environment, when the database of a target is not known. */
        maxConnections: NullableInteger,
      },
      strict,
    ),
    /** What one acknowledged message cost, by name with its unit; docs/costs.md says what each is and what it covers. */
    costs: Type.Record(Type.String(), Type.Number()),
    ceilingFraction: NullableNumber,
    /** What limited this arm, in one sentence, or null when it could not be told. */
    bottleneck: Type.Union([Type.String(), Type.Null()]),
    series: Type.Array(Series),
    /** How the system was during the load of every run; absent in results of before it was watched. */
    system: Type.Optional(Type.Array(SystemSchema)),
    /** Why the figure is only the least that the server can do, and what to do; absent when it is its own. */
    inconclusive: Type.Optional(Type.String()),
  },
  strict,
);

const Ceiling = Type.Object(
  {
    batch: Type.Integer(),
    payloadBytes: Type.Integer(),
    partitions: Type.Integer(),
    throughputMsgPerS: Interval,
    byRound: Type.Array(Type.Number()),
  },
  strict,
);

/** The one model behind result.json, report.md, report.html and the terminal table. */
export const ResultSchema = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    scenario: Type.String(),
    question: Type.String(),
    /** What answers the question, with figures, or says why there is no answer; of a sweep its advice. */
    answer: Type.String(),
    verdict: Type.Enum(['passed', 'failed', 'invalid', 'inconclusive', 'interrupted']),
    exitCode: Type.Integer(),
    reasons: Type.Array(Type.String()),
    /** What the reader has to know beside what was judged: settings that did not apply, a queue that was left behind. */
    notes: Type.Optional(Type.Array(Type.String())),
    /** Set when the server was profiled. Such a run proves what any run does, but its figures are no figures of the server. */
    profile: Type.Optional(ProfileSchema),
    startedAt: Type.String(),
    durationMs: Type.Number(),
    seed: Type.Integer(),
    command: Type.String(),
    /** Absent in results of before it was kept. */
    configuration: Type.Optional(ConfigurationSchema),
    environment: Type.Object(
      {
        node: Type.String(),
        /** URL of a server that was not started here; absent when it was. */
        target: Type.Optional(Type.String()),
        postgres: Type.String(),
        provider: Type.String(),
        providerReason: Type.String(),
        maxConnections: NullableInteger,
        postgresSettings: Type.Record(Type.String(), Type.String()),
        cpu: Type.String(),
        cores: Type.Integer(),
        memoryBytes: Type.Number(),
        os: Type.String(),
        git: Type.String(),
      },
      strict,
    ),
    arms: Type.Array(Arm),
    /** What follows from a sweep for who runs the server; absent when it was none, or not all of it was proved. */
    advice: Type.Optional(Type.Array(Type.String())),
    sweep: Type.Optional(SweepSchema),
    ceilings: Type.Array(Ceiling),
    /** Absent when no ceiling was measured. */
    partCeilings: Type.Optional(Type.Array(PartCeiling)),
    ratios: Type.Array(
      Type.Object(
        {
          numerator: Type.String(),
          denominator: Type.String(),
          metric: Type.String(),
          median: Type.Number(),
          low: Type.Number(),
          high: Type.Number(),
        },
        strict,
      ),
    ),
    checks: Type.Array(Check),
    expectations: Type.Array(
      Type.Object(
        {
          text: Type.String(),
          met: Type.Union([Type.Boolean(), Type.Null()]),
          observed: Type.String(),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type Result = Static<typeof ResultSchema>;
export type ArmResult = Static<typeof Arm>;
export type FaultResult = Static<typeof Fault>;
export type CheckRecord = Static<typeof Check>;
export type SeriesRecord = Static<typeof Series>;
export type CeilingRecord = Static<typeof Ceiling>;
export type IntervalRecord = Static<typeof Interval>;
