import { expect, test } from 'vitest';
import { ErrorTally } from '../load/error-tally.ts';
import { evidence, fault, linesAt, log } from '../test/checkers-evidence.ts';
import { armErrors } from './arm-errors.ts';
import { runErrors } from './run-errors.ts';
import type { RunRecord } from './run-record.ts';

const TIMES = { loadedFromUs: 1_000_000, measuredFromUs: 2_000_000, measuredToUs: 12_000_000 };

/** A run with one producer's error at 3 s and, when it was killed, lines of the server's log. */
function run(
  round: number,
  { killed = false, toUs = TIMES.measuredToUs } = {},
): Parameters<typeof armErrors>[0][number] {
  const producers = new ErrorTally();
  producers.add('http 500', `of round ${round}`, { fromUs: 2_900_000, toUs: 3_000_000, outcome: 'indeterminate' }, 5);
  const faults = killed ? [fault('postgres-kill', 6_000, 7_000)] : [];
  const lines = { class: 'ECONNREFUSED connect', example: 'refused', ...linesAt(40, 6_500) };
  const of = evidence({ faults, serverLog: log('server log', ...(killed ? [lines] : [])) });
  const seen = { producers: producers.trace(), consumers: undefined };
  return {
    planned: { round } as RunRecord['planned'],
    faults,
    errorReport: runErrors(of, seen, { ...TIMES, measuredToUs: toUs }),
  };
}

test('rounds are put together class by class, unexplained ones first, faults by their index in the arm', () => {
  const { classes, sources } = armErrors([run(1, { killed: true }), run(2, { killed: true })]);
  expect(classes).toMatchObject([
    {
      ...{ source: 'producer', kind: 'HTTP status', class: 'http 500', count: 10, unexplained: 10, expected: false },
      first: { round: 1, atMs: 1_000 },
      last: { round: 2, atMs: 1_000 },
      firstUnexplained: { round: 1, atMs: 1_000 },
      ...{ example: 'of round 1', inFaults: [], outside: 10, untimed: 0 },
    },
    {
      ...{
        source: 'server log',
        kind: 'socket',
        class: 'ECONNREFUSED connect',
        count: 80,
        unexplained: 0,
        expected: true,
      },
      inFaults: [
        { fault: 0, count: 40 },
        { fault: 1, count: 40 },
      ],
      outside: 0,
    },
  ]);
  expect(sources.find(({ source }) => source === 'consumer')?.missing).toBe('nobody consumed');
  expect(sources.find(({ source }) => source === 'server log')?.missing).toBeNull();
});

test('every error with a time stands in a bucket of the axis, and the axis is bounded', () => {
  const reports = [armErrors([run(1)]), armErrors([run(1), run(2, { toUs: 3_600_000_000 })])];
  expect(reports[0]).toMatchObject({ fromMs: -1_000, bucketMs: 250, buckets: 45 });
  for (const { classes, buckets, fromMs, bucketMs } of reports) {
    expect(buckets).toBeLessThanOrEqual(120);
    for (const { overTime, count, untimed, first } of classes) {
      const told = overTime.flatMap(({ counts }) => counts).reduce((sum, one) => sum + one, 0);
      expect(told).toBe(count - untimed);
      const { from = -1, counts = [] } = overTime[0] ?? {};
      expect(from).toBe(Math.floor(((first?.atMs ?? 0) - fromMs) / bucketMs));
      expect(from + counts.length).toBeLessThanOrEqual(buckets);
    }
  }
});

test('lines of a stretch are spread evenly over it, none lost', () => {
  const fromMs = 1_800_000_000_000 + 3_000;
  const spans = [{ fromMs, toMs: fromMs + 1_000, count: 41 }];
  const of = evidence({ postgresLog: log('PostgreSQL log', { class: 'x', count: 41, spans }) });
  const errors = runErrors(of, { producers: new ErrorTally().trace(), consumers: undefined }, TIMES);
  expect([...(errors.classes[0]?.byBucket ?? [])]).toEqual([
    [4, 10],
    [5, 11],
    [6, 10],
    [7, 10],
  ]);
});
