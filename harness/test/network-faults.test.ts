import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { FaultImpossible } from '../faults/fault.ts';
import {
  networkBandwidth,
  networkBlackHole,
  networkCut,
  networkHalfOpen,
  networkLatency,
  networkReset,
} from '../faults/network-faults.ts';
import type { LoadProgress } from '../load/load-outcome.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { FaultTrial, PLAIN_ORDER } from './fault-trial.ts';

/** Bound on waiting for something that must happen soon; only a broken product ever waits that long. */
const SOON = Object.freeze({ timeout: 20_000, interval: 20 });
const DATABASE = 'network_faults_test';
const admin = inject('postgres');
const database = { ...admin, database: DATABASE };

beforeAll(() => withAdminSession(admin, (client) => client.query(`create database ${DATABASE}`)));

afterAll(() => withAdminSession(admin, (client) => client.query(`drop database ${DATABASE} with (force)`)));

const FAULTS = [
  ['cut', networkCut],
  ['reset', networkReset],
  ['black hole', networkBlackHole],
  ['half-open', networkHalfOpen],
] as const;

const untilReported = (reports: () => readonly LoadProgress[]) =>
  vi.waitFor(() => expect(reports().length).toBeGreaterThan(2), SOON);

describe('between the server and its database', () => {
  test.each(FAULTS)(
    '%s under load: pushes are buffered, and all that was promised is stored once',
    async (_, fault) => {
      await using trial = await FaultTrial.start(database);
      const outcome = await trial.loadThrough(
        () => fault(trial.targets, { ...PLAIN_ORDER, between: 'database' }),
        () => vi.waitFor(async () => expect((await trial.pushed('probe')).status).toBe('buffered'), SOON),
      );
      expect((await trial.proof(outcome)).queued).toBeGreaterThan(0);
    },
  );
});

describe('between the server and its clients', () => {
  test.each(FAULTS)(
    '%s under load: producers are cut off, and all that was promised is stored once',
    async (_, fault) => {
      await using trial = await FaultTrial.start(database);
      const outcome = await trial.loadThrough(
        () => fault(trial.targets, { ...PLAIN_ORDER, between: 'clients' }),
        async (reports) => {
          await untilReported(reports);
          const acknowledged = reports()
            .slice(1)
            .map((report) => report.acknowledged);
          expect(new Set(acknowledged).size).toBe(1);
          // The server itself is well.
          expect((await trial.pushed('probe')).status).toBe('queued');
        },
      );
      expect((await trial.proof(outcome)).queued).toBeGreaterThan(0);
    },
  );
});

test('latency and bandwidth slow down, and nothing is refused', async () => {
  await using trial = await FaultTrial.start(database);
  const outcome = await trial.loadThrough(async () => {
    const slow = await networkLatency(trial.targets, { between: 'database', delayMs: 20, bytesPerS: undefined });
    const narrow = await networkBandwidth(trial.targets, { between: 'clients', delayMs: undefined, bytesPerS: 50_000 });
    expect(slow.detail).toBe('20 ms of latency in each direction between the server and its database');
    expect(narrow.detail).toBe('50000 bytes a second in each direction between the server and its clients');
    const startedMs = performance.now();
    expect((await trial.pushed('probe')).status).toBe('queued');
    expect(performance.now() - startedMs).toBeGreaterThan(40);
    return {
      detail: '',
      heal: async () => {
        await slow.heal();
        await narrow.heal();
      },
    };
  }, untilReported);
  expect(Object.keys(await trial.proof(outcome))).toEqual(['queued']);
});

test.each([{ state: 'open' }, { state: 'late-replies', delayMs: 5 }] as const)(
  'of faults that overlap the last one counts, and when it heals the one before it, at last $state',
  async (base) => {
    const states: string[] = [];
    const links = {
      database: { base, set: async ({ state }: { state: string }) => void states.push(state) },
      clients: undefined,
    };
    const order = { ...PLAIN_ORDER, between: 'database' } as const;
    const first = await networkLatency({ links }, order);
    const second = await networkCut({ links }, order);
    const third = await networkBlackHole({ links }, order);
    await second.heal();
    await third.heal();
    await first.heal();
    expect(states).toEqual(['latency', 'cut', 'black-hole', 'black-hole', 'latency', base.state]);
  },
);

test('without a proxy in the way no network fault is possible', async () => {
  const links = { database: undefined, clients: undefined };
  const attempt = networkCut({ links }, { ...PLAIN_ORDER, between: 'clients' });
  await expect(attempt).rejects.toThrow(FaultImpossible);
  await expect(attempt).rejects.toThrow('there is no proxy between the server and its clients in this run');
});
