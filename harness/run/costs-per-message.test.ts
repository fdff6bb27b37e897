import { expect, test } from 'vitest';
import type { Route } from '../scenario/load-group.ts';
import { costsPerMessage } from './costs-per-message.ts';
import type { RunRecord, RunSpending } from './run-record.ts';

/** A run of 1000 acknowledged messages, 400 of them in the measured window and 500 between the readings of CPU time. */
function runOf(load: Partial<RunSpending['load']['database']> = {}, route: Route = 'push') {
  const workers = { elapsedMs: 1_000, busiestLoop: 0.5, poolWaitUs: 0, allocatedBytes: 2_000_000 };
  return {
    planned: { arm: { load: { route } } },
    cpu: { serverUs: 5_000, postgresUs: 2_500, loadGeneratorUs: 800, spans: [] },
    summary: { acknowledgedMessages: 1_000, measuredMessages: 400 },
    spending: {
      load: { database: { walBytes: 300_000, writeTransactions: 10, statements: 20, ...load }, workers },
      totals: { rowsWritten: 3_000, walFsyncs: 50 },
      ...{ cpuMessages: 500, requestTimeUs: 1 },
    },
  } as unknown as RunRecord;
}

test('every amount is divided by the messages of its own stretch of the run', () => {
  expect(costsPerMessage([runOf()])).toEqual({
    serverCpuUs: 10,
    postgresCpuUs: 5,
    loadGeneratorCpuUs: 2,
    statements: 0.02,
    writeTransactions: 0.01,
    walBytes: 300,
    serverAllocatedBytes: 2_000,
    rowsWrittenWithDrain: 3,
    walFsyncsWithDrain: 0.05,
  });
});

test('the median of the rounds counts, and what one round could not tell is left out', () => {
  const runs = [runOf({ walBytes: 100_000 }), runOf({ walBytes: 900_000, statements: undefined }), runOf()];
  const costs = costsPerMessage(runs);
  expect(costs.walBytes).toBe(300);
  expect(costs).not.toHaveProperty('statements');
  expect(costsPerMessage([])).toEqual({});
});

test('what threads allocate is not counted, so the route that has them has no such cost', () => {
  expect(costsPerMessage([runOf({}, 'push-legacy')])).not.toHaveProperty('serverAllocatedBytes');
});

test('a database that is not known has no costs', () => {
  const run = runOf();
  const unknown = { ...run, spending: { ...run.spending, load: { database: undefined, workers: undefined } } };
  expect(costsPerMessage([unknown])).not.toHaveProperty('walBytes');
});
