import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgress } from '../cli/progress.ts';
import { measureHttpEcho } from '../measure/http-echo.ts';
import { withAdminSession } from '../postgres/admin-session.ts';
import { startEmbedded } from '../postgres/embedded.ts';
import type { RunDatabase, RunningPostgres } from '../postgres/provider.ts';
import type { Result } from '../report/result.ts';
import { runScenario } from '../run/run-scenario.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import { readDatabaseSpending, spendingBetween } from '../target/database-spending.ts';

// A cluster of its own: the log and the transaction ids are those of everybody in it.
let postgres: RunningPostgres;
let database: RunDatabase;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'queueproof-costs-'));
  postgres = await startEmbedded({ maxConnections: 100, settings: {}, image: '', logFolder: folder }, 'test');
  database = await postgres.createDatabase('costs');
  await withAdminSession(database.target, (client) => client.query('create table notes (note text)'));
});

afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const read = (admin = postgres.admin) => readDatabaseSpending(admin, database.name);

test('what sessions did is counted to the last statement while they go on, and the look is not', async () => {
  await withAdminSession(database.target, async (client) => {
    const before = await read();
    for (let nth = 0; nth < 40; nth += 1) await client.query(`insert into notes values ('${'x'.repeat(100)}')`);
    await client.query('select count(*) from notes');
    const spent = spendingBetween(before, await read());
    expect(spent).toMatchObject({ writeTransactions: 40, statements: 41 });
    // A row of 100 bytes with its header and its commit, and not much more.
    expect(spent.walBytes / 40).toBeGreaterThan(150);
    expect(spent.walBytes / 40).toBeLessThan(1_000);
  });
  expect(spendingBetween(await read(), await read())).toMatchObject({ writeTransactions: 0, statements: 0 });
});

test('where nobody counts statements, or their counts began anew, their number is not known', async () => {
  const uncounted = await read(database.target);
  expect(uncounted.statements).toBeUndefined();
  expect(spendingBetween(uncounted, await read(database.target)).statements).toBeUndefined();
  const before = await read();
  await withAdminSession(postgres.admin, (client) => client.query('select pg_stat_statements_reset()'));
  expect(spendingBetween(before, await read()).statements).toBeUndefined();
});

/** Single messages over one connection, so that no two share a transaction; acknowledged one by one afterwards. */
async function runSingles(load: object, ceiling: boolean): Promise<Result> {
  const scenario = {
    question: 'What does a message cost?',
    postgres: { provider: 'embedded' },
    server: { workers: 1, poolSize: 10 },
    load: { batch: 1, partitions: 4, closed: { connections: 1 }, ...load },
    drain: { mode: 'ack', consumers: 1, batch: 1 },
    rounds: 1,
    checks: ['accounting'],
    ceiling,
  };
  const plan = planScenario({ name: 'x', file: 'x.yaml', text: JSON.stringify(scenario) }, { sets: [], quick: false });
  const { result } = await runScenario({
    plan,
    reportsRoot: folder,
    seed: 1,
    command: 'npm run scenario',
    progress: createProgress({ stream: { write: () => undefined }, live: false, colour: false }),
    target: undefined,
    signal: AbortSignal.timeout(100_000),
  });
  expect(result.reasons).toEqual([]);
  return result;
}

/**
 * What the server does for itself while a load runs: about five statements a second, some of which write. On a machine that is
 * busy with other things the load takes longer, and there are more of them.
 */
const OWN_STATEMENTS = 0.4;
const OWN_TRANSACTIONS = 0.2;

test('a known number of pushes has the costs it must have, twice, without the drain that follows', async () => {
  const results = [await runSingles({ messages: 200 }, false), await runSingles({ messages: 200 }, false)];
  const [first = {}, second = {}] = results.map(({ arms }) => arms[0]?.costs);
  for (const costs of [first, second]) {
    // Every pop and every ack of the drain is a statement that writes, too: with them it would be 3.
    expect(costs.statements).toBeGreaterThanOrEqual(1);
    expect(costs.statements).toBeLessThan(1 + OWN_STATEMENTS);
    expect(costs.writeTransactions).toBeGreaterThanOrEqual(1);
    expect(costs.writeTransactions).toBeLessThan(1 + OWN_TRANSACTIONS);
    expect(costs.walBytes).toBeGreaterThan(100);
    // The message, its partition's counter, and what is written when it is taken out again.
    expect(costs.rowsWrittenWithDrain).toBeGreaterThan(2);
    expect(costs.walFsyncsWithDrain).toBeGreaterThan(1);
  }
  expect(Math.abs((first.statements ?? 0) - (second.statements ?? 0))).toBeLessThan(OWN_STATEMENTS);
  expect(Math.abs((first.writeTransactions ?? 0) - (second.writeTransactions ?? 0))).toBeLessThan(OWN_TRANSACTIONS);
}, 120_000);

test('the warm-up is in the costs of a load and in its messages; the parts have ceilings of their own', async () => {
  const { arms, partCeilings = [] } = await runSingles({ warmUp: '1s', duration: '500ms' }, true);
  const costs = arms[0]?.costs ?? {};
  // Divided by the messages of the window alone it would be 3.
  expect(costs.writeTransactions).toBeGreaterThanOrEqual(1);
  expect(costs.writeTransactions).toBeLessThan(1 + OWN_TRANSACTIONS);
  expect(costs.serverAllocatedBytes).toBeGreaterThan(0);
  expect(partCeilings.map(({ part, connections }) => [part, connections])).toEqual([
    ['single-inserts', 4],
    ['commits', 1],
    ['commits', 4],
    ['http-echo', 1],
  ]);
  for (const { perS } of partCeilings) expect(perS).toBeGreaterThan(0);
}, 120_000);

test('an echo that is called off leaves no process, and says why it ended', async () => {
  const load = { batch: 10, payloadBytes: 100, partitions: 1, connections: 2 };
  const abort = new AbortController();
  const measuring = measureHttpEcho({ load, durationMs: 20_000 }, abort.signal);
  abort.abort(new Error('called off'));
  await expect(measuring).rejects.toThrow('called off');
});
