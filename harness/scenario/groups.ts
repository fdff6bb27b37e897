import { Type } from 'typebox';
import { PROVIDER_NAMES } from '../postgres/provider.ts';
import { ConsumersGroup } from './consumers-group.ts';
import { WHOLE_MS_OR_NONE_PATTERN } from './duration.ts';
import { FaultsGroup } from './faults-group.ts';
import { LoadGroup } from './load-group.ts';
import { QueueGroup } from './queue-group.ts';

/** How a server shares its connections out; `unified` gives all of them to the asynchronous pool. */
const POOL_MODES = ['split', 'unified'] as const;

export type PoolMode = (typeof POOL_MODES)[number];

/** How the messages are received after the load. */
const DRAIN_MODES = ['autoAck', 'ack'] as const;

export type DrainMode = (typeof DRAIN_MODES)[number];

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
      unit: 'connections',
      examples: [100, 200, 'any'],
      description: 'Enforced and proved by SHOW max_connections; `any` accepts what the server behind a URL has.',
      default: 100,
    }),
    image: Type.String({
      minLength: 1,
      examples: ['postgres:18'],
      description: 'Image for testcontainers.',
      default: 'postgres:18',
    }),
    settings: Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.]*$' }), Type.String(), {
      ...strict,
      examples: [{ synchronous_commit: 'off' }],
      description: 'Further settings for a PostgreSQL we start, for example synchronous_commit: "off".',
      default: {},
    }),
  },
  { ...strict, description: 'The database under the server.', default: {} },
);

const Server = Type.Object(
  {
    workers: Type.Integer({
      ...{ minimum: 1, maximum: 64, unit: 'processes', examples: [1, 2, 4] },
      description: 'NUM_WORKERS: cluster workers.',
      default: 2,
    }),
    poolSize: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, unit: 'connections', examples: [20, 80] },
      description: 'DB_POOL_SIZE: the connection budget before the 95 % cut and the 60/40 split.',
      default: 80,
    }),
    poolMode: Type.Enum([...POOL_MODES], {
      description:
        'POOL_MODE: split shares the budget with the thread pool of push-legacy, unified gives it all to the asynchronous pool.',
      default: 'split',
    }),
    databaseLatency: Type.String({
      title: 'none or a duration in whole milliseconds',
      pattern: WHOLE_MS_OR_NONE_PATTERN,
      unit: 'ms or s, whole milliseconds',
      examples: ['none', '0ms', '5ms'],
      description:
        'Added to every round trip between server and PostgreSQL by a proxy that stands between them for the whole run; 0ms: the proxy alone, for arms that are compared with slower ones; none: no proxy.',
      default: 'none',
    }),
    defect: Type.String({
      title: 'the name of a defect',
      pattern: '^[a-z][a-z0-9-]*$',
      examples: ['none', 'skip-locked'],
      description:
        'A broken variant of the reference server, from server/defects/, to see whether the checks catch it.',
      default: 'none',
    }),
  },
  { ...strict, description: 'The server under test.', default: {} },
);

const Drain = Type.Object(
  {
    mode: Type.Enum([...DRAIN_MODES], {
      description:
        'autoAck: each partition is emptied as fast as it can be, to prove delivery. ack: consumers pop from the whole queue and acknowledge every reply by POST /api/v1/ack/batch; that is measured (popAck), and the check `acks` is made.',
      default: 'autoAck',
    }),
    consumers: Type.Integer({
      ...{ minimum: 1, maximum: 1000, unit: 'consumers', examples: [4, 16] },
      description: 'Consumers, each with one connection and one request at a time.',
      default: 4,
    }),
    batch: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, unit: 'messages', examples: [100, 2000] },
      description: 'Messages a consumer asks for at once.',
      // Trials from 500 to 10,000 drained 51,000 to 151,000 a second with autoAck, without a trend.
      default: 2_000,
    }),
  },
  { ...strict, description: 'How the queue is emptied after the load.', default: {} },
);

/** The parts of a scenario that describe one arm; a matrix can vary every key of them. */
export const GROUPS = {
  postgres: Postgres,
  server: Server,
  queue: QueueGroup,
  load: LoadGroup,
  consumers: ConsumersGroup,
  faults: FaultsGroup,
  drain: Drain,
};
