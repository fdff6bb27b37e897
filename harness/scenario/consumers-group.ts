import { type Static, Type } from 'typebox';
import { DURATION_PATTERN, DURATION_UNIT, durationToMs } from './duration.ts';

const share = (description: string) =>
  Type.Number({ minimum: 0, maximum: 1, unit: 'share of the pops', examples: [0.1], description, default: 0 });

/** Consumers that work while the producers push. */
export const ConsumersGroup = Type.Object(
  {
    count: Type.Integer({
      ...{ minimum: 0, maximum: 1000, unit: 'consumers', examples: [4, 16] },
      description:
        'Consumers of each group, each with one connection; 0: nobody consumes before the load is over (see drain).',
      default: 0,
    }),
    groups: Type.Integer({
      ...{ minimum: 1, maximum: 20, unit: 'groups', examples: [1, 2] },
      description: 'Consumer groups, each of which is to receive every message; 1: the queue mode, without a group.',
      default: 1,
    }),
    batch: Type.Integer({
      ...{ minimum: 1, maximum: 10_000, unit: 'messages', examples: [10, 100] },
      description: 'Messages asked for at once.',
      default: 100,
    }),
    wait: Type.Boolean({ description: 'Long polling: wait=true.', default: true }),
    think: Type.String({
      title: 'a duration',
      ...{ pattern: DURATION_PATTERN, unit: DURATION_UNIT },
      examples: ['0s', '5ms'],
      description: 'Pause between a pop that brought messages and their acknowledgement.',
      default: '0s',
    }),
    nack: share('Share of the pops whose messages are reported as failed, so that they come again.'),
    expire: share('Share of the pops whose lease is left to run out; half of them are acknowledged too late.'),
    crash: share('Share of the pops after whose answer the connection is cut, unacknowledged.'),
  },
  { additionalProperties: false, description: 'Consumers beside the producers.', default: {} },
);

/** The consumers of an arm that work while its producers push. */
export interface ArmConsumers {
  /** Of each group; 0 when nobody consumes beside the producers. */
  readonly count: number;
  /** Names; the empty one is the queue mode. */
  readonly groups: readonly string[];
  readonly batch: number;
  readonly wait: boolean;
  readonly thinkMs: number;
  /** Shares of the pops that brought messages, 0…1. */
  readonly nack: number;
  readonly expire: number;
  readonly crash: number;
}

export function armConsumers({ groups, think, ...rest }: Static<typeof ConsumersGroup>): ArmConsumers {
  const names = groups === 1 ? [''] : Array.from({ length: groups }, (_, index) => `g${index + 1}`);
  return { ...rest, groups: names, thinkMs: durationToMs(think) };
}
