import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ErrorTrace } from '../history/error-trace.ts';
import type { RunEvidence } from '../history/evidence.ts';
import { FAULT_KINDS, type FaultRecord } from '../history/fault-record.ts';
import { type ItemOutcome, OUTCOME_CODE } from '../history/item-outcome.ts';
import { Ledger } from '../history/ledger.ts';
import { ErrorTally, momentOf } from '../load/error-tally.ts';
import { evidence, fault, linesAt, log } from '../test/checkers-evidence.ts';
import { acked, toldRun, us } from '../test/told-run.ts';
import { judgedErrors } from './judged-errors.ts';
import { checkPoolHygiene } from './pool-hygiene.ts';
import { checkServerErrors } from './server-errors.ts';
import { checkStatuses } from './statuses.ts';

const NOTHING: ErrorTrace = new ErrorTally().trace();

function errorsOf(run: RunEvidence, producers = NOTHING, consumers: ErrorTrace | undefined = undefined) {
  return [...judgedErrors(run, { producers, consumers })];
}

/** Requests of one message each, as they ended, with the errors their producer took down. */
function producersWith(
  requests: readonly { readonly fromMs: number; readonly toMs: number; readonly outcome: ItemOutcome }[],
) {
  const ledger = new Ledger('r');
  const errors = new ErrorTally();
  for (const { fromMs, toMs, outcome } of requests) {
    const request = ledger.open({ producer: 0, partition: 0, messages: 1, invokedUs: fromMs * 1000 });
    ledger.complete(request, toMs * 1000, 200);
    ledger.setOutcomes(request, outcome);
    if (outcome === 'queued') ledger.setMessageId(request, `0199c3b4-0000-7000-8000-${`${request}`.padStart(12, '0')}`);
    else errors.add(outcome, 'as it came', momentOf(ledger, request, outcome));
  }
  return { ledger, trace: errors.trace() };
}

test('an error of a producer is explained by the fault that excuses its outcome, and told under it', () => {
  const { ledger, trace } = producersWith([
    { fromMs: 1_000, toMs: 1_010, outcome: 'indeterminate' },
    { fromMs: 5_100, toMs: 5_200, outcome: 'indeterminate' },
    { fromMs: 5_300, toMs: 5_400, outcome: 'malformed' },
  ]);
  const faults = [fault('maintenance', 4_000, 4_500), fault('server-kill', 5_000, 6_000)];
  const run = evidence({ faults }, { ledger, stored: [], delivered: [] });
  expect(errorsOf(run, trace)).toMatchObject([
    { class: 'indeterminate', time: { toUs: 1_010_000 }, isExplained: false, fault: undefined },
    { class: 'indeterminate', time: { toUs: 5_200_000 }, isExplained: true, fault: 1 },
    // In force, and no excuse for it.
    { class: 'malformed', time: { toUs: 5_400_000 }, isExplained: false, fault: 1 },
  ]);
});

/** Kinds that excuse outcomes, so that enough is excused. */
const EXCUSING = [
  'server-kill',
  'server-pause',
  'worker-kill',
  'row-lock',
  'slow-queries',
  'buffer-disk-full',
] as const;

test('errors of producers are unexplained exactly when the statuses check accuses', () => {
  const request = fc.record({
    fromMs: fc.integer({ min: 100, max: 40_000 }),
    lengthMs: fc.integer({ min: 1, max: 3_000 }),
    outcome: fc.constantFrom<ItemOutcome>(
      'queued',
      'failed',
      'rejected',
      'indeterminate',
      'indeterminate',
      'malformed',
    ),
  });
  const happened = fc.record({
    kind: fc.constantFrom(...FAULT_KINDS, ...EXCUSING),
    between: fc.constantFrom('database', 'clients'),
    fromMs: fc.integer({ min: 0, max: 25_000 }),
    lengthMs: fc.integer({ min: 1, max: 5_000 }),
    outcome: fc.constantFrom<FaultRecord['outcome']>('injected', 'impossible', 'failed'),
  });
  let accused = 0;
  let acquitted = 0;
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.array(happened, { maxLength: 4 }),
      (sent, done) => {
        const requests = sent.map(({ fromMs, lengthMs, outcome }) => ({ fromMs, toMs: fromMs + lengthMs, outcome }));
        const { ledger, trace } = producersWith(requests);
        const faults = done
          .map(({ kind, between, fromMs, lengthMs, outcome }) => {
            const isNetwork = kind.startsWith('network');
            return fault(kind, fromMs, fromMs + lengthMs, {
              between: isNetwork ? (between as 'clients') : undefined,
              outcome,
            });
          })
          .toSorted((a, b) => a.invokedUs - b.invokedUs);
        const run = evidence({ faults }, { ledger, stored: [], delivered: [] });
        const unexplained = errorsOf(run, trace).filter(({ isExplained }) => isExplained === false);
        const check = checkStatuses(run);
        expect(unexplained.length > 0).toBe(check.verdict === 'invalid');
        if (unexplained.length > 0) accused += 1;
        else if (trace.class.length > 0) acquitted += 1;
      },
    ),
    { numRuns: 500 },
  );
  // Both must have been tried.
  expect(Math.min(accused, acquitted)).toBeGreaterThan(10);
});

test('what the load never sent, and errors without a place of their own, are judged by nobody', () => {
  const trace: ErrorTrace = {
    classes: [
      { name: 'never sent', count: 2, example: 'x' },
      { name: 'http 500', count: 7, example: 'y' },
    ],
    class: Uint8Array.of(0, 1),
    outcome: Uint8Array.of(OUTCOME_CODE.pending, OUTCOME_CODE.indeterminate),
    count: Uint32Array.of(2, 3),
    fromUs: Float64Array.of(5_000, 6_000),
    toUs: Float64Array.of(0, 7_000),
  };
  expect(errorsOf(evidence(), trace)).toMatchObject([
    { class: 'never sent', count: 2, time: { fromUs: 5_000, toUs: 5_000 }, isExplained: undefined },
    { class: 'http 500', count: 3, isExplained: false },
    { class: 'http 500', count: 4, time: undefined, isExplained: undefined },
  ]);
});

test('lines of a log are explained as the server-errors check excuses them, stretch by stretch', () => {
  const faults = [fault('postgres-kill', 5_000, 6_000)];
  const lost = { class: '57P01 terminating connection', example: 'terminating connection' };
  const run = evidence({
    faults,
    serverLog: log(
      'server log',
      { ...lost, ...linesAt(3, 1_000, 5_500) },
      { class: 'no reason at all', ...linesAt(2, 5_500) },
      { class: 'slow', severity: 'warning', ...linesAt(9, 5_500) },
    ),
    postgresLog: log(
      'PostgreSQL log',
      { class: '40P01 deadlock detected', ...linesAt(1, 5_500) },
      { class: 'no time', count: 4 },
    ),
  });
  const errors = errorsOf(run);
  expect(errors).toMatchObject([
    { source: 'server log', class: lost.class, count: 3, isExplained: false, fault: undefined },
    { source: 'server log', class: lost.class, count: 3, isExplained: true, fault: 0 },
    { source: 'server log', class: 'no reason at all', count: 2, isExplained: false, fault: 0 },
    { source: 'PostgreSQL log', class: '40P01 deadlock detected', count: 1, isExplained: false, fault: 0 },
    { source: 'PostgreSQL log', class: 'no time', count: 4, time: undefined, isExplained: false },
  ]);
  const unexplained = errors.reduce((sum, { isExplained, count }) => (isExplained === false ? sum + count : sum), 0);
  expect(checkServerErrors(run).summary).toContain('5 errors in the server log; 5 errors in the PostgreSQL log');
  expect(unexplained).toBe(10);
});

test('what another check accuses is an error that nothing explains, be it a warning or excused as a lost connection', () => {
  const warned = 'there is already a transaction in progress';
  const lost = 'connection was lost: client is already executing a query';
  const run = evidence({
    faults: [fault('postgres-kill', 5_000, 6_000)],
    serverLog: log('server log', { class: lost, example: lost, ...linesAt(1, 5_500) }),
    postgresLog: log('PostgreSQL log', { class: warned, example: warned, severity: 'warning', ...linesAt(2, 5_500) }),
  });
  expect(errorsOf(run)).toMatchObject([
    { class: lost, count: 1, isExplained: false, fault: 0 },
    { class: warned, count: 2, isExplained: false, fault: 0 },
  ]);
  expect(checkPoolHygiene(run).verdict).toBe('invalid');
});

test('pops and acks that came to nothing are explained while a fault is in force', () => {
  const consumers = new ErrorTally();
  consumers.add('pop http 503', 'down', { fromUs: 5_500_000, toUs: 5_600_000, outcome: undefined });
  consumers.add('pop http 503', 'down', { fromUs: 90_000_000, toUs: 90_100_000, outcome: undefined });
  const run = evidence({ faults: [fault('postgres-kill', 5_000, 6_000)] });
  expect(errorsOf(run, NOTHING, consumers.trace())).toMatchObject([
    { source: 'consumer', isExplained: true, fault: 0 },
    { source: 'consumer', isExplained: false, fault: undefined },
  ]);
});

test('a refused ack is explained unless its lease was certainly in force; a lease left to run out is no error', () => {
  const refused = (lease: number, brings: readonly number[]) => ({
    ...acked([lease, lease + 5], brings, { lease: `lease ${lease}` }),
    settled: { as: 'ack', at: [lease + 6, lease + 7], outcome: 'refused' } as const,
  });
  const late = {
    ...acked([300, 305], [2]),
    settled: { as: 'ack', at: [30_000, 30_001], outcome: 'refused' } as const,
  };
  const meant = {
    ...acked([400, 405], [3]),
    settled: { as: 'expire', at: [30_100, 30_101], outcome: 'refused' } as const,
  };
  const pushes = [0, 1, 2, 3].map((at) => ({ at: [at, at + 1] as const }));
  const errors = errorsOf(toldRun({ pushes, pops: [refused(100, [0]), late, meant] }));
  expect(errors).toMatchObject([
    { class: 'ack refused', example: expect.stringContaining('r1-0'), isExplained: false, time: { toUs: us(107) } },
    { class: 'ack refused', example: expect.stringContaining('r1-2'), isExplained: true },
  ]);
});

test('answers outside the contract, strangers and altered payloads are never explained', () => {
  const run = toldRun({ pushes: [{ at: [1, 2] }], pops: [acked([3, 4], [0])] });
  if ('missing' in run.consumption) throw new Error('the told run has no consumers');
  const some = { count: 2, examples: ['the first', 'the second'] };
  const consumption = { ...run.consumption, malformed: some, altered: some };
  expect(errorsOf({ ...run, consumption, faults: [fault('postgres-kill', 0, 10)] })).toMatchObject([
    { class: 'payload altered', count: 2, example: 'the first', isExplained: false, time: undefined },
    { class: 'answer outside the contract', count: 2, isExplained: false },
  ]);
});
