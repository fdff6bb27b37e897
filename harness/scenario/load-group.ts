import { type Static, Type } from 'typebox';
import { DURATION_PATTERN, durationToMs, POSITIVE_DURATION_PATTERN } from './duration.ts';

/** Routes a producer can push through, as scenario words. */
const ROUTES = ['push', 'push-legacy'] as const;

export type Route = (typeof ROUTES)[number];

/** What decides when a request is sent. */
const LOAD_MODELS = ['closed', 'open', 'saturation'] as const;

type LoadModel = (typeof LOAD_MODELS)[number];

/** How the intended send times of an open loop are spread. */
const ARRIVALS = ['even', 'poisson'] as const;

export type Arrivals = (typeof ARRIVALS)[number];

const strict = { additionalProperties: false } as const;

const OpenGroup = Type.Object(
  {
    rate: Type.Number({
      exclusiveMinimum: 0,
      maximum: 100_000,
      description: 'Requests per second that are intended, whatever the server makes of them.',
      default: 100,
    }),
    to: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100_000,
        description: 'The rate climbs or falls evenly from `rate` to this over the measured window.',
      }),
    ),
    arrivals: Type.Enum([...ARRIVALS], {
      description: 'even: equal distances; poisson: as if clients knew nothing of each other.',
      default: 'even',
    }),
    burst: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'So many requests are intended at the same moment; the rate stays the same.',
      default: 1,
    }),
    connections: Type.Integer({
      minimum: 1,
      maximum: 1000,
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

const SaturationGroup = Type.Object(
  {
    from: Type.Number({
      exclusiveMinimum: 0,
      maximum: 100_000,
      description: 'The first rate that is tried, in requests per second; doubled while it is sustained.',
      default: 100,
    }),
    step: Type.String({
      title: 'a duration above zero',
      pattern: POSITIVE_DURATION_PATTERN,
      examples: ['2s'],
      description: 'How long each rate of the search is tried.',
      default: '2s',
    }),
    hold: Type.String({
      title: 'a duration above zero',
      pattern: POSITIVE_DURATION_PATTERN,
      examples: ['10s'],
      description: 'How long the rate that was found is held to confirm it.',
      default: '6s',
    }),
    levels: Type.Array(Type.Number({ exclusiveMinimum: 0, maximum: 1 }), {
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
    model: Type.Enum([...LOAD_MODELS], {
      description:
        'closed: every connection sends when it was answered, which finds the maximum; open: at intended times, which finds the latency; saturation: searches the highest rate that is sustained.',
      default: 'closed',
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
    open: OpenGroup,
    saturation: SaturationGroup,
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
    extend: Type.String({
      title: 'a duration',
      pattern: DURATION_PATTERN,
      examples: ['0s', '1s'],
      description:
        'How much later, at most, the window may begin while throughput still drifts or varies too much (closed loop); not when faults are scheduled or a number of messages is sent.',
      default: '1s',
    }),
    messages: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000_000,
        description: 'Send exactly this many messages instead of loading for a duration; there is no warm-up then.',
      }),
    ),
    repeat: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Share of the requests that are sent a second time with the same transaction ids, as clients do that got no answer: at once on another connection or later, through this route or the other one.',
      default: 0,
    }),
    poison: Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Share of the requests with an item that PostgreSQL refuses, or with the same item twice; its neighbours must not suffer.',
      default: 0,
    }),
    bulk: Type.Object(
      {
        producers: Type.Integer({ minimum: 0, maximum: 100, description: 'How many there are.', default: 0 }),
        batch: Type.Integer({ minimum: 1, maximum: 10_000, description: 'Messages in one request.', default: 1000 }),
        pause: Type.String({
          title: 'a duration',
          pattern: DURATION_PATTERN,
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

/** The load of an arm with its durations decoded. */
export interface ArmLoad {
  readonly route: Route;
  readonly model: LoadModel;
  readonly batch: number;
  readonly payloadBytes: number;
  readonly partitions: number;
  /** Of the closed loop. */
  readonly connections: number;
  /** Undefined in a closed loop. */
  readonly open: OpenLoad | undefined;
  /** Undefined in all other models. */
  readonly saturation: SaturationLoad | undefined;
  /** 0 when a number of messages is given. */
  readonly warmUpMs: number;
  /** Of a search for saturation, that of the hold. */
  readonly durationMs: number;
  /** 0 where unsteadiness is no reason to go on. */
  readonly extendMs: number;
  readonly messages: number | undefined;
  /** Shares of the requests, 0…1. */
  readonly repeat: number;
  readonly poison: number;
  /** Further producers with larger requests. */
  readonly bulk: { readonly producers: number; readonly batch: number; readonly pauseMs: number };
}

/** An open loop's requests; rates are requests per second. */
export interface OpenLoad {
  readonly rate: number;
  /** Where the rate ends; undefined: it stays. */
  readonly to: number | undefined;
  readonly arrivals: Arrivals;
  readonly burst: number;
  readonly connections: number;
}

/** The search for the highest rate that is sustained; rates are requests per second. */
export interface SaturationLoad {
  readonly from: number;
  readonly stepMs: number;
  readonly holdMs: number;
  /** Shares of the capacity, 0…1. */
  readonly levels: readonly number[];
}

/** Decodes a load. Under faults throughput is meant to change: `isFaulted` keeps the window where it is. */
export function armLoad(load: Static<typeof LoadGroup>, isFaulted: boolean): ArmLoad {
  const { closed, open, saturation, bulk } = load;
  const model = load.model as LoadModel;
  const search = model === 'saturation' ? saturationLoad(saturation) : undefined;
  return {
    route: load.route as Route,
    model,
    batch: load.batch,
    payloadBytes: load.payloadBytes,
    partitions: load.partitions,
    connections: closed.connections,
    open:
      model === 'closed'
        ? undefined
        : { ...open, to: model === 'open' ? open.to : undefined, arrivals: open.arrivals as Arrivals },
    saturation: search,
    warmUpMs: load.messages === undefined ? durationToMs(load.warmUp) : 0,
    durationMs: search?.holdMs ?? durationToMs(load.duration),
    extendMs: isFaulted || load.messages !== undefined || model !== 'closed' ? 0 : durationToMs(load.extend),
    messages: load.messages,
    repeat: load.repeat,
    poison: load.poison,
    bulk: { producers: bulk.producers, batch: bulk.batch, pauseMs: durationToMs(bulk.pause) },
  };
}

function saturationLoad({ from, step, hold, levels }: Static<typeof SaturationGroup>): SaturationLoad {
  return { from, stepMs: durationToMs(step), holdMs: durationToMs(hold), levels };
}
