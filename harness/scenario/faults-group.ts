import { type Static, Type } from 'typebox';
import { FAULT_KINDS, type FaultKind } from '../history/fault-record.ts';
import { DURATION_UNIT, durationToMs } from './duration.ts';

const AMOUNT = '([0-9]{1,6}(\\.[0-9]{1,3})?(ms|s)|[0-9]{1,4}(\\.[0-9]{1,3})?m)';
/** One duration, or two with `..` between: then the seed chooses. */
const SPAN_PATTERN = `^${AMOUNT}(\\.\\.${AMOUNT})?$`;

const span = (description: string) =>
  Type.String({
    title: 'a duration or a range of them',
    ...{ pattern: SPAN_PATTERN, unit: DURATION_UNIT },
    examples: ['2s', '1s..3s'],
    description,
  });

const PlannedFaultSchema = Type.Object(
  {
    fault: Type.Enum([...FAULT_KINDS], { description: 'What is done.' }),
    at: span('When it is begun, after the start of the load.'),
    for: Type.Optional(span('How long it lasts before it is healed; it heals with the end of the load at the latest.')),
    every: Type.Optional(span('Begun again in this rhythm, from beginning to beginning, until the load ends.')),
    count: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: 10_000, unit: 'sessions or slots', examples: [10] },
        description: 'How many: sessions of backends-terminate, slots of connections-taken (without it: all).',
      }),
    ),
    between: Type.Optional(
      Type.Enum(['database', 'clients'], {
        description: 'Whom network faults keep from the server: its database (when nothing is said) or its clients.',
      }),
    ),
    delay: Type.Optional(span('Added by network-latency in each direction, and by slow-queries to each statement.')),
    bytesPerS: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: 1_000_000_000, unit: 'bytes per second', examples: [1_000_000] },
        description: 'What network-bandwidth lets through.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What is broken while the load runs. */
export const FaultsGroup = Type.Object(
  {
    mode: Type.Enum(['faulted', 'calm'], {
      description: 'calm leaves the schedule out; a matrix of both shows what the faults cost.',
      default: 'faulted',
    }),
    schedule: Type.Array(PlannedFaultSchema, {
      examples: [
        [{ fault: 'postgres-kill', at: '2s..3s', for: '1s' }],
        [{ fault: 'network-latency', at: '1s', delay: '20ms' }],
      ],
      description: 'The faults, each at its time; all that is left to chance is chosen by the seed.',
      default: [],
    }),
  },
  { additionalProperties: false, description: 'Faults under load; all are healed before the drain.', default: {} },
);

/** Milliseconds from and to; both the same when nothing is left to chance. */
export type SpanMs = readonly [from: number, to: number];

/** A fault of an arm's schedule with its durations decoded. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly atMs: SpanMs;
  /** Undefined: it lasts until the load ends, if it lasts at all. */
  readonly forMs: SpanMs | undefined;
  readonly everyMs: SpanMs | undefined;
  readonly count: number | undefined;
  readonly between: 'database' | 'clients';
  readonly delayMs: SpanMs | undefined;
  readonly bytesPerS: number | undefined;
}

/** The faults of an arm; none in a calm one. */
export function armFaults({ mode, schedule }: Static<typeof FaultsGroup>): readonly PlannedFault[] {
  if (mode === 'calm') return [];
  return schedule.map((planned) => ({
    kind: planned.fault as FaultKind,
    atMs: spanToMs(planned.at),
    forMs: planned.for === undefined ? undefined : spanToMs(planned.for),
    everyMs: planned.every === undefined ? undefined : spanToMs(planned.every),
    count: planned.count,
    between: (planned.between ?? 'database') as PlannedFault['between'],
    delayMs: planned.delay === undefined ? undefined : spanToMs(planned.delay),
    bytesPerS: planned.bytesPerS,
  }));
}

function spanToMs(text: string): SpanMs {
  const [from = '', to = from] = text.split('..');
  const [fromMs, toMs] = [durationToMs(from), durationToMs(to)];
  return fromMs <= toMs ? [fromMs, toMs] : [toMs, fromMs];
}
