import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { FaultImpossible, type InjectedFault } from '../faults/fault.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { type FaultStand, startFaultStand } from './fault-stand.ts';

const SOON = { timeout: 20_000 };

let stand: FaultStand;

beforeAll(async () => {
  stand = await startFaultStand();
});

afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

/** Sessions of the harness, but for the one that looks. */
const OUTSIDERS = `
  select pid, application_name, query from pg_stat_activity
  where application_name like 'queueproof-%' and pid <> pg_backend_pid()`;

const TRIGGERS = "select tgname from pg_trigger where tgname like 'queueproof%'";
const FUNCTIONS = "select proname from pg_proc where proname like 'queueproof%'";

const inEffect = new Set<InjectedFault>();

/** Does a fault; one that a failed test leaves behind does not fail the next one. */
async function inject(...order: Parameters<FaultStand['inject']>): Promise<InjectedFault> {
  const fault = await stand.inject(...order);
  inEffect.add(fault);
  const heal = async () => {
    inEffect.delete(fault);
    await fault.heal();
  };
  return { detail: fault.detail, count: fault.count, heal };
}

// Whatever a fault was, nothing of it is left when it is healed.
afterEach(async ({ task }) => {
  for (const fault of inEffect) await fault.heal();
  inEffect.clear();
  await vi.waitFor(async () => expect(await stand.query(OUTSIDERS)).toEqual([]), SOON);
  expect(await stand.query(TRIGGERS)).toEqual([]);
  expect(await stand.query(FUNCTIONS)).toEqual([]);
  await vi.waitFor(async () => expect(await stand.push(`after ${task.name}`)).toMatch(/queued|duplicate/), SOON);
});

/** Pushes, and tells whether the answer has come. */
function pushing(
  transactionId: string,
  partition?: string,
): { answered(): boolean; readonly status: Promise<unknown> } {
  let answered = false;
  const status = stand.push(transactionId, partition).finally(() => {
    answered = true;
  });
  return { answered: () => answered, status };
}

const isWaiting = async (): Promise<void> => {
  const waiting =
    "select from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'queueproof/%'";
  expect((await stand.query(waiting)).length).toBeGreaterThan(0);
};

describe('locks', () => {
  test.each([
    ['row-lock', /^FOR UPDATE on 4 rows of "queen"\.partitions \(session \d+\)$/],
    ['table-lock', /^SHARE lock on "queen"\.messages \(session \d+\)$/],
  ] as const)('%s: a push waits until it is healed', async (kind, detail) => {
    const fault = await inject(kind);
    expect(fault.detail).toMatch(detail);
    const pushes = ['0', '1', '2'].map((partition) => pushing(`during ${kind} ${partition}`, partition));
    await vi.waitFor(isWaiting, SOON);
    expect(pushes.some(({ answered }) => answered())).toBe(false);
    await fault.heal();
    expect(await Promise.all(pushes.map(({ status }) => status))).toEqual(['queued', 'queued', 'queued']);
  });

  test('held-xmin: the horizon of the database stands still, and pushes go on', async () => {
    const fault = await inject('held-xmin');
    const [, xid] = /^an open transaction with id (\d+) and xmin \d+ \(session \d+\)$/.exec(fault.detail) ?? [];
    for (const id of ['one', 'two']) expect(await stand.push(`${id} during held-xmin`)).toBe('queued');
    expect(await stand.query('select pg_snapshot_xmin(pg_current_snapshot())::text as xmin')).toEqual([{ xmin: xid }]);
    await fault.heal();
    const [row] = await stand.query('select pg_snapshot_xmin(pg_current_snapshot())::text as xmin');
    expect(Number(row?.xmin)).toBeGreaterThan(Number(xid));
  });

  test('a table that the server does not have is none to lock, and what was begun is undone', async () => {
    await using other = await stand.postgres.createDatabase('without_tables');
    for (const kind of ['row-lock', 'table-lock', 'slow-queries'] as const) {
      const impossible = inject(kind, {}, { database: other.target });
      await expect(impossible).rejects.toThrow(FaultImpossible);
      await expect(impossible).rejects.toThrow(/does not exist: the server has no such table/);
    }
  });

  test('a right that is missing is named, and what was begun is undone', async () => {
    const { database } = stand;
    await stand.query("create role stranger login password 'x'");
    await stand.query('grant usage, create on schema queen to stranger');
    await stand.query('grant select on all tables in schema queen to stranger');
    const target = { ...database.target, user: 'stranger', password: 'x' };
    for (const [kind, needed] of [
      ['row-lock', /permission denied for table partitions: .* needs UPDATE on "queen"\.partitions/],
      ['table-lock', /permission denied for table messages: .* needs UPDATE on "queen"\.messages/],
      ['slow-queries', /permission denied for table messages: .* needs to own messages and partition_consumers/],
      ['backends-terminate', /permission denied to terminate process: .* needs membership in pg_signal_backend/],
    ] as const) {
      const impossible = inject(kind, {}, { database: target });
      await expect(impossible, kind).rejects.toThrow(FaultImpossible);
      await expect(impossible).rejects.toThrow(needed);
    }
    await stand.query('drop owned by stranger');
    await stand.query('drop role stranger');
  });
});

describe('sessions', () => {
  const ofServer = async (): Promise<readonly unknown[]> =>
    (
      await stand.query(
        "select pid from pg_stat_activity where datname = current_database() and application_name like 'queueproof/%'",
      )
    ).map(({ pid }) => pid);

  test.each([[4], [undefined]])('backends-terminate of %s: they are gone, and only they', async (count) => {
    const before = await ofServer();
    const fault = await inject('backends-terminate', { count });
    const [, many, of, list = ''] = /^pg_terminate_backend of (\d+) of (\d+) sessions: (.*)$/.exec(fault.detail) ?? [];
    const gone = list.split(', ').map(Number);
    expect(fault.count).toBe(gone.length);
    expect([Number(many), Number(of)]).toEqual([count ?? before.length, before.length]);
    expect(gone).toHaveLength(Number(many));
    expect(before).toEqual(expect.arrayContaining(gone));
    const after = await ofServer();
    expect(after).not.toEqual(expect.arrayContaining(gone));
    expect(after).toEqual(expect.arrayContaining(before.filter((pid) => !gone.includes(Number(pid)))));
    await fault.heal();
  });

  /** Of the pool size 20 a server may have 95 %. */
  const BUDGET = 19;
  const INTRUDERS =
    "select count(*)::int as taken from pg_stat_activity where application_name = 'queueproof-intruder'";

  test('connections-taken: as many as there are to be, and no more', async () => {
    const fault = await inject('connections-taken', { count: 5 });
    expect(fault).toMatchObject({ detail: '5 of 97 connection slots taken', count: 5 });
    expect(await stand.query(INTRUDERS)).toEqual([{ taken: 5 }]);
    await fault.heal();
  });

  test('connections-taken: all that ordinary roles can have, and those that become free; the harness still comes in', async () => {
    await stand.query("create role ordinary login password 'x'");
    const asOrdinary = { ...stand.database.target, user: 'ordinary', password: 'x' };
    const knock = () => withAdminSession(asOrdinary, (client) => client.query('select 1'));
    await knock();
    // The server has all it wants, so that nobody but the intruder is after a slot.
    await vi.waitFor(async () => expect(await ofServer()).toHaveLength(BUDGET), SOON);
    const guest = new Client(asOrdinary);
    await guest.connect();
    const fault = await inject('connections-taken');
    expect(fault.detail).toMatch(/^\d+ of 97 connection slots taken, and every one that became free$/);
    await expect(knock()).rejects.toMatchObject({ code: '53300' });
    const taken = Number.parseInt(fault.detail, 10);
    expect(await stand.query(INTRUDERS)).toEqual([{ taken }]);
    await guest.end();
    await vi.waitFor(async () => expect(await stand.query(INTRUDERS)).toEqual([{ taken: taken + 1 }]), SOON);
    await fault.heal();
    expect(await stand.query(INTRUDERS)).toEqual([{ taken: 0 }]);
    await knock();
    await stand.query('drop role ordinary');
  });
});

describe('slow-queries', () => {
  test('a push takes as much longer as it is to, and no longer when it is healed', async () => {
    const fault = await inject('slow-queries', { delayMs: 400 });
    expect(fault.detail).toBe('writing statements on messages and partition_consumers sleep 400 ms');
    const startedMs = performance.now();
    expect(await stand.push('slow')).toBe('queued');
    expect(performance.now() - startedMs).toBeGreaterThan(390);
    // One that sleeps when healing begins.
    const late = pushing('slow, too');
    const asleep = "select from pg_stat_activity where wait_event = 'PgSleep'";
    await vi.waitFor(async () => expect(await stand.query(asleep)).toHaveLength(1), SOON);
    await fault.heal();
    expect(await late.status).toBe('queued');
    expect(await stand.query(asleep)).toEqual([]);
  });

  test('two at once are told apart', async () => {
    const [one, other] = [await inject('slow-queries', { delayMs: 20 }), await inject('slow-queries', { delayMs: 30 })];
    expect(await stand.query(TRIGGERS)).toHaveLength(4);
    await one.heal();
    expect(await stand.query(TRIGGERS)).toHaveLength(2);
    await other.heal();
  });

  test('is removed also when PostgreSQL was away meanwhile', async () => {
    const fault = await inject('slow-queries', { delayMs: 10 });
    const kill = await inject('postgres-kill');
    const healing = fault.heal();
    await kill.heal();
    await healing;
  });
});

test('a lock whose session died with PostgreSQL is healed', async () => {
  const lock = await inject('row-lock');
  const intruder = await inject('connections-taken', { count: 2 });
  const kill = await inject('postgres-kill');
  await lock.heal();
  await kill.heal();
  await intruder.heal();
});

test('a lock is healed also while PostgreSQL is paused, as soon as that goes on', async () => {
  const lock = await inject('row-lock');
  const pause = await inject('postgres-pause');
  const healing = lock.heal();
  await pause.heal();
  await healing;
});
