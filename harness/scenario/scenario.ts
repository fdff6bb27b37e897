import { type Static, Type } from 'typebox';
import type { ArmLoad } from './arm-load.ts';
import type { ArmConsumers } from './consumers-group.ts';
import { dottedKeysOf, matrixSchema, overrideSchema } from './dotted-key.ts';
import type { PlannedFault } from './faults-group.ts';
import { type DrainMode, GROUPS, type PoolMode } from './groups.ts';
import type { ArmQueue } from './queue-group.ts';
import type { SchemaNode } from './schema-node.ts';

/** Checks a scenario can ask for; every one is made by a file of this name in checkers/. */
export const CHECK_NAMES = [
  'accounting',
  'statuses',
  'connections',
  'pool-hygiene',
  'server-errors',
  'double-accept',
  'redelivery',
  'leases',
  'acks',
  'partition-order',
  'skip',
  'liveness',
  'dead-letters',
  'faults',
  'failover',
  'leaks',
  'encryption',
] as const;

const strict = { additionalProperties: false } as const;

/** Which combinations of the matrix are run. */
const COVERS = ['full', 'pairwise'] as const;

const run = {
  cover: Type.Enum([...COVERS], {
    description:
      'full: every combination of the matrix; pairwise: so many that every two values of two keys are run together at least once.',
    default: 'full',
  }),
  rounds: Type.Integer({
    ...{ minimum: 1, maximum: 100, unit: 'rounds', examples: [1, 3, 5] },
    description: 'How often every arm is run; rounds are interleaved (A B, B A, A B …) so that drift hits all alike.',
    default: 1,
  }),
  slices: Type.Integer({
    ...{ minimum: 1, maximum: 100, unit: 'slices', examples: [1, 8] },
    description:
      'With more than 1 the arms of a round run side by side and are measured in turns, one at a time, each in so many slices of load.duration / slices: what the machine does meanwhile hits all alike. Closed loops alone, and all servers have to fit in max_connections together.',
    default: 1,
  }),
  ceiling: Type.Boolean({
    description: 'Also measure what plain SQL reaches on the same tables in the same run.',
    default: true,
  }),
  checks: Type.Array(Type.Enum([...CHECK_NAMES]), {
    minItems: 1,
    uniqueItems: true,
    examples: [['accounting', 'statuses', 'connections', 'partition-order']],
    description:
      'What is proved, as far as it applies (liveness, for one, needs consumers beside the producers); all must be valid, or the run has no figure. accounting, statuses, connections and partition-order are always proved.',
    default: [...CHECK_NAMES],
  }),
  expect: Type.Array(Type.String({ title: 'an expectation' }), {
    examples: [['lost == 0', 'push.throughput / push-legacy.throughput >= 1.3']],
    description:
      'Expectations such as `lost == 0` (every arm must meet it) or `push.throughput / push-legacy.throughput >= 1.3`; quote arm names with spaces: `"push batch=1".p99 < 20`.',
    default: [],
  }),
};

/** Keys that a matrix can vary. */
export const VARIABLE_KEYS = dottedKeysOf(GROUPS as Readonly<Record<string, SchemaNode>>);

/** Keys that --set and `quick` can put another value in. */
export const SETTABLE_KEYS = dottedKeysOf({ ...GROUPS, ...run } as Readonly<Record<string, SchemaNode>>);

/**
 * A scenario file: one question, the system, the load, what is varied, what is proved and what is expected.
 * The TypeScript type, the validator and `scenarios/scenario.schema.json` all come from here.
 */
export const ScenarioSchema = Type.Object(
  {
    question: Type.String({
      minLength: 1,
      description: 'The question this scenario answers, in one sentence.',
    }),
    ...GROUPS,
    matrix: Type.Unsafe<Readonly<Record<string, readonly unknown[]>>>({
      ...matrixSchema(VARIABLE_KEYS),
      examples: [{ 'load.route': ['push', 'push-legacy'], 'load.batch': [1, 100] }],
      description:
        'Dotted keys of postgres, server, queue, load, consumers, faults or drain with the values to try; several keys multiply. A value that is a map is merged into the key it varies.',
      default: {},
    }),
    ...run,
    quick: Type.Unsafe<Readonly<Record<string, unknown>>>({
      ...overrideSchema(SETTABLE_KEYS, VARIABLE_KEYS),
      examples: [{ rounds: 1, 'load.duration': '1s' }],
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
  readonly server: ArmServer;
  readonly queue: ArmQueue;
  readonly load: ArmLoad;
  readonly consumers: ArmConsumers;
  /** In the order of the file. */
  readonly faults: readonly PlannedFault[];
  readonly drain: ArmDrain;
}

/** The consumers of an arm. */
export interface ArmDrain {
  readonly mode: DrainMode;
  readonly consumers: number;
  /** Messages asked for at once. */
  readonly batch: number;
}

/** The server of an arm. */
interface ArmServer {
  readonly workers: number;
  readonly poolSize: number;
  readonly poolMode: PoolMode;
  /** Added to every round trip to PostgreSQL by a proxy, whole milliseconds; undefined: there is no proxy. */
  readonly databaseLatencyMs: number | undefined;
  /** Name of a broken variant in server/defects/; `none` is the good server. */
  readonly defect: string;
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
  /** How many combinations the matrix has; more than arms with `cover: pairwise`. */
  readonly combinations: number;
  /** Interleaved: odd rounds forwards, even rounds backwards. */
  readonly runs: readonly PlannedRun[];
  /** How long the whole scenario takes, roughly; see estimate.ts. */
  readonly estimatedMs: number;
}
