import { type Static, Type } from 'typebox';
import { PROVIDER_NAMES } from '../postgres/provider.ts';
import { dottedKeysOf, matrixSchema, overrideSchema } from './dotted-key.ts';
import { DURATION_PATTERN, POSITIVE_DURATION_PATTERN } from './duration.ts';
import type { SchemaNode } from './schema-node.ts';

/** Routes a producer can push through, as scenario words. */
const ROUTES = ['push', 'push-legacy'] as const;

type Route = (typeof ROUTES)[number];

/** Checks a scenario can ask for; every one is made by a file of this name in checkers/. */
export const CHECK_NAMES = ['accounting', 'statuses', 'connections', 'pool-hygiene', 'server-errors'] as const;

const strict = { additionalProperties: false } as const;

const PROVIDER_WORDS = PROVIDER_NAMES.filter((name) => name !== 'url');

const Postgres = Type.Object(
  {
    provider: Type.String({
      pattern: `^(${PROVIDER_WORDS.join('|')}|postgres(ql)?://.+)$`,
      examples: [...PROVIDER_WORDS, 'postgres://user@localhost/postgres'],
      description: 'Where PostgreSQL comes from: auto, testcontainers, embedded or a postgres:// URL.',
      default: 'auto',
    }),
    maxConnections: Type.Union([Type.Integer({ minimum: 10, maximum: 10_000 }), Type.Literal('any')], {
      description: 'Enforced and proved by SHOW max_connections; `any` accepts what the server behind a URL has.',
      default: 100,
    }),
    image: Type.String({ minLength: 1, description: 'Image for testcontainers.', default: 'postgres:18' }),
    settings: Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.]*$' }), Type.String(), {
      ...strict,
      description: 'Further settings for a PostgreSQL we start, for example synchronous_commit: "off".',
      default: {},
    }),
  },
  { ...strict, description: 'The database under the server.', default: {} },
);

const Server = Type.Object(
  {
    workers: Type.Integer({ minimum: 1, maximum: 64, description: 'NUM_WORKERS: cluster workers.', default: 2 }),
    poolSize: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'DB_POOL_SIZE: the connection budget before the 95 % cut and the 60/40 split.',
      default: 80,
    }),
  },
  { ...strict, description: 'The server under test.', default: {} },
);

const Load = Type.Object(
  {
    route: Type.Enum([...ROUTES], { description: 'Push route that is driven.', default: 'push' }),
    batch: Type.Integer({ minimum: 1, maximum: 10_000, description: 'Messages in one request.', default: 100 }),
    payloadBytes: Type.Integer({
      minimum: 64,
      maximum: 1_000_000,
      description: 'Size of the payload as compact JSON, in bytes.',
      default: 100,
    }),
    partitions: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'Partitions of the queue; a request goes to one, in turn.',
      default: 10,
    }),
    closed: Type.Object(
      {
        connections: Type.Integer({
          minimum: 1,
          maximum: 1000,
          description: 'HTTP connections; each sends its next request when the last one was answered.',
          default: 16,
        }),
      },
      { ...strict, description: 'Closed loop (autocannon): finds the maximum.', default: {} },
    ),
    warmUp: Type.String({
      title: 'a duration',
      pattern: DURATION_PATTERN,
      examples: ['0s', '500ms', '2s'],
      description: 'Load before the measured window; recorded and proved, but not measured.',
      default: '1s',
    }),
    duration: Type.String({
      title: 'a duration above zero',
      pattern: POSITIVE_DURATION_PATTERN,
      examples: ['500ms', '10s', '1m'],
      description: 'The measured window.',
      default: '10s',
    }),
    messages: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000_000,
        description: 'Send exactly this many messages instead of loading for a duration; there is no warm-up then.',
      }),
    ),
  },
  { ...strict, description: 'What the producers do.', default: {} },
);

const groups = { postgres: Postgres, server: Server, load: Load };

const run = {
  rounds: Type.Integer({
    minimum: 1,
    maximum: 100,
    description: 'How often every arm is run; rounds are interleaved (A B, B A, A B …) so that drift hits all alike.',
    default: 1,
  }),
  ceiling: Type.Boolean({
    description: 'Also measure what plain SQL reaches on the same tables in the same run.',
    default: true,
  }),
  checks: Type.Array(Type.Enum([...CHECK_NAMES]), {
    minItems: 1,
    uniqueItems: true,
    description:
      'What is proved; all must be valid, or the run has no figure. accounting, statuses and connections are always proved.',
    default: [...CHECK_NAMES],
  }),
  expect: Type.Array(Type.String(), {
    description:
      'Expectations such as `lost == 0` (every arm must meet it) or `push.throughput / push-legacy.throughput >= 1.3`; quote arm names with spaces: `"push batch=1".p99 < 20`.',
    default: [],
  }),
};

/** Keys that a matrix can vary. */
export const VARIABLE_KEYS = dottedKeysOf(groups as Readonly<Record<string, SchemaNode>>);

/** Keys that --set and `quick` can put another value in. */
export const SETTABLE_KEYS = dottedKeysOf({ ...groups, ...run } as Readonly<Record<string, SchemaNode>>);

/**
 * A scenario file: one question, the system, the load, what is varied, what is proved and what is expected.
 * The TypeScript type, the validator and `scenarios/scenario.schema.json` all come from here.
 */
export const ScenarioSchema = Type.Object(
  {
    question: Type.String({ minLength: 1, description: 'The question this scenario answers, in one sentence.' }),
    ...groups,
    matrix: Type.Unsafe<Readonly<Record<string, readonly unknown[]>>>({
      ...matrixSchema(VARIABLE_KEYS),
      description:
        'Dotted keys of postgres, server or load with the values to try; several keys multiply. A value that is a map is merged into the key it varies.',
      default: {},
    }),
    ...run,
    quick: Type.Unsafe<Readonly<Record<string, unknown>>>({
      ...overrideSchema(SETTABLE_KEYS, VARIABLE_KEYS),
      description:
        'Dotted keys and the values that --quick puts in their place; a list of values is varied. Without this block --quick means one round of 500ms warm-up and 2s.',
      default: {},
    }),
  },
  { ...strict, title: 'queueproof scenario' },
);

/** A scenario as the rest of the harness sees it: complete, defaulted, frozen. */
export type Scenario = Static<typeof ScenarioSchema>;

/** Parameters of one arm: the scenario with one combination of the matrix put in. */
export interface Arm {
  /**
   * Made of the matrix values: words of a fixed list stand alone (`push`), all else is `key=value` (`push batch=1`);
   * `run` when nothing is varied. Unique in the plan.
   */
  readonly name: string;
  /** The varied keys alone, flattened to dotted leaves, for tables; passwords in URLs are left out. */
  readonly varied: Readonly<Record<string, unknown>>;
  readonly postgres: Scenario['postgres'];
  readonly server: Scenario['server'];
  readonly load: ArmLoad;
}

/** The load of an arm with its durations decoded. */
export interface ArmLoad {
  readonly route: Route;
  readonly batch: number;
  readonly payloadBytes: number;
  readonly partitions: number;
  readonly connections: number;
  /** 0 when a number of messages is given. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly messages: number | undefined;
}

/** One entry of the interleaved order: which arm, in which round (counted from 1). */
export interface PlannedRun {
  readonly arm: Arm;
  readonly round: number;
}

/** A scenario file decoded, expanded and ready to run. */
export interface ScenarioPlan {
  /** File name without `.yaml`; fit to name a folder. */
  readonly name: string;
  /** Relative to the working directory when it lies below it. */
  readonly file: string;
  readonly scenario: Scenario;
  /** The resolved scenario as YAML text, for the report folder: it can be loaded again, and holds no password. */
  readonly resolvedYaml: string;
  readonly arms: readonly Arm[];
  /** Interleaved: odd rounds forwards, even rounds backwards. */
  readonly runs: readonly PlannedRun[];
  /** How long the whole scenario takes, roughly; see estimate.ts. */
  readonly estimatedMs: number;
}
