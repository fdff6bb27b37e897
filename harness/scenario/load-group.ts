import { Type } from 'typebox';
import { DURATION_PATTERN, DURATION_UNIT, POSITIVE_DURATION_PATTERN } from './duration.ts';

/** Routes a producer can push through, as scenario words. */
const ROUTES = ['push', 'push-legacy'] as const;

export type Route = (typeof ROUTES)[number];

/** What decides when a request is sent. */
const LOAD_MODELS = ['closed', 'open', 'saturation'] as const;

export type LoadModel = (typeof LOAD_MODELS)[number];

/** How the intended send times of an open loop are spread. */
const ARRIVALS = ['even', 'poisson'] as const;

export type Arrivals = (typeof ARRIVALS)[number];

const strict = { additionalProperties: false } as const;

const OpenGroup = Type.Object(
  {
    rate: Type.Number({
      ...{ exclusiveMinimum: 0, maximum: 100_000, unit: 'requests per second', examples: [100, 500] },
      description: 'Requests per second that are intended, whatever the server makes of them.',
      default: 100,
    }),
    to: Type.Optional(
      Type.Number({
        ...{ exclusiveMinimum: 0, maximum: 100_000, unit: 'requests per second', examples: [1000] },
        description: 'The rate climbs or falls evenly from `rate` to this over the measured window.',
      }),
    ),
    arrivals: Type.Enum([...ARRIVALS], {
      description: 'even: equal distances; poisson: as if clients knew nothing of each other.',
      default: 'even',
    }),
    burst: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, unit: 'requests', examples: [1, 10] },
      description: 'So many requests are intended at the same moment; the rate stays the same.',
      default: 1,
    }),
    connections: Type.Integer({
      ...{ minimum: 1, maximum: 1000, unit: 'connections', examples: [64] },
      description: 'Connections at most; a request that finds none free is sent late, which is measured.',
      default: 64,
    }),
  },
  {
    ...strict,
    description: 'Open loop (undici): requests at intended times; latency counts from those.',
    default: {},
  },
);

export const SaturationGroup = Type.Object(
  {
    from: Type.Number({
      ...{ exclusiveMinimum: 0, maximum: 100_000, unit: 'requests per second', examples: [100] },
      description: 'The first rate that is tried, in requests per second; doubled while it is sustained.',
      default: 100,
    }),
    step: Type.String({
      title: 'a duration above zero',
      ...{ pattern: POSITIVE_DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['2s'],
      description: 'How long each rate of the search is tried.',
      default: '2s',
    }),
    hold: Type.String({
      title: 'a duration above zero',
      ...{ pattern: POSITIVE_DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['10s'],
      description: 'How long the rate that was found is held to confirm it.',
      default: '6s',
    }),
    levels: Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 1 }), {
      unit: 'shares of the capacity',
      examples: [[0.5, 0.8, 1]],
      description: 'Shares of the capacity found at which latency is measured afterwards, each for a step.',
      default: [0.2, 0.4, 0.6, 0.8, 1],
    }),
  },
  { ...strict, description: 'Search for the highest rate that is sustained (open loop).', default: {} },
);

/** What the producers do. */
export const LoadGroup = Type.Object(
  {
    route: Type.Enum([...ROUTES], { description: 'Push route that is driven.', default: 'push' }),
    batch: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, unit: 'messages', examples: [1, 100, 1000] },
      description: 'Messages in one request.',
      default: 100,
    }),
    payloadBytes: Type.Integer({
      ...{ minimum: 64, maximum: 1_000_000, unit: 'bytes', examples: [100, 10_000] },
      description: 'Size of the payload as compact JSON, in bytes.',
      default: 100,
    }),
    partitions: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, unit: 'partitions', examples: [1, 10, 1000] },
      description: 'Partitions of the queue; a request goes to one, in turn.',
      default: 10,
    }),
    model: Type.Enum([...LOAD_MODELS], {
      description:
        'closed: every connection sends when it was answered, which finds the maximum; open: at intended times, which finds the latency; saturation: searches the highest rate that is sustained.',
      default: 'closed',
    }),
    closed: Type.Object(
      {
        connections: Type.Integer({
          ...{ minimum: 1, maximum: 1000, unit: 'connections', examples: [16, 64] },
          description: 'HTTP connections; each sends its next request when the last one was answered.',
          default: 16,
        }),
      },
      { ...strict, description: 'Closed loop (autocannon): finds the maximum.', default: {} },
    ),
    open: OpenGroup,
    saturation: SaturationGroup,
    warmUp: Type.String({
      title: 'a duration',
      ...{ pattern: DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['0s', '500ms', '2s'],
      description: 'Load before the measured window; recorded and proved, but not measured.',
      default: '1s',
    }),
    duration: Type.String({
      title: 'a duration above zero',
      ...{ pattern: POSITIVE_DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['500ms', '10s', '1m'],
      description: 'The measured window.',
      default: '10s',
    }),
    extend: Type.String({
      title: 'a duration',
      ...{ pattern: DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['0s', '1s'],
      description:
        'How much later, at most, the window may begin while throughput still drifts or varies too much (closed loop); not when faults are scheduled or a number of messages is sent.',
      default: '1s',
    }),
    messages: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: 100_000_000, unit: 'messages', examples: [1000] },
        description: 'Send exactly this many messages instead of loading for a duration; there is no warm-up then.',
      }),
    ),
    repeat: Type.Number({
      ...{ minimum: 0, maximum: 1, unit: 'share of the requests', examples: [0.1] },
      description:
        'Share of the requests that are sent a second time with the same transaction ids, as clients do that got no answer: at once on another connection or later, through this route or the other one.',
      default: 0,
    }),
    poison: Type.Number({
      ...{ minimum: 0, maximum: 1, unit: 'share of the requests', examples: [0.1] },
      description:
        'Share of the requests with an item that PostgreSQL refuses, or with the same item twice; its neighbours must not suffer.',
      default: 0,
    }),
    bulk: Type.Object(
      {
        producers: Type.Integer({
          ...{ minimum: 0, maximum: 100, unit: 'producers', examples: [2] },
          description: 'How many there are.',
          default: 0,
        }),
        batch: Type.Integer({
          ...{ minimum: 1, maximum: 10_000, unit: 'messages', examples: [1000] },
          description: 'Messages in one request.',
          default: 1000,
        }),
        pause: Type.String({
          title: 'a duration',
          ...{ pattern: DURATION_PATTERN, unit: DURATION_UNIT },
          examples: ['0s', '100ms'],
          description: 'Pause after each answer.',
          default: '0s',
        }),
      },
      { ...strict, description: 'Further producers whose requests are larger, beside those of `closed`.', default: {} },
    ),
  },
  { ...strict, description: 'What the producers do.', default: {} },
);
