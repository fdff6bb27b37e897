import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createProgress } from '../cli/progress.ts';
import { latencyPercentiles, mergeHistograms } from '../measure/latency.ts';
import type { RunningPostgres } from '../postgres/provider.ts';
import { createRunDatabase } from '../postgres/run-database.ts';
import { runArm } from '../run/run-arm.ts';
import { isMeasured, type RunRecord } from '../run/run-record.ts';
import { planScenario } from '../scenario/plan-scenario.ts';
import { startServer } from '../target/server-process.ts';
import { takeTargetPostgres } from '../target/target-postgres.ts';
import { Liar } from './liar.ts';
import { LIES, PUSH_BATCH } from './lies.ts';
import { type Answer, honestly, isPush, startProxy } from './lying-proxy.ts';

const ONE_IN = 1000;
const MESSAGES = 5_000;
const POOL_SIZE = 10;

const undo = new AsyncDisposableStack();
let serverUrl: string;
let postgres: RunningPostgres;
let runs = 0;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'queueproof-lies-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const database = undo.use(await createRunDatabase(inject('postgres'), 'lies'));
  const { host, port, user, password } = database.target;
  const settings = { workers: 1, poolSize: POOL_SIZE, database: database.target };
  const server = undo.use(
    await startServer({ ...settings, logFile: join(folder, 'server.log'), startTimeoutMs: 45_000 }),
  );
  serverUrl = server.baseUrl;
  postgres = await takeTargetPostgres(`postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/lies`);
});

afterAll(() => undo.disposeAsync());

interface Order {
  readonly drain?: 'autoAck' | 'ack';
  readonly repeat?: number;
  readonly think?: string;
  readonly messages?: number;
  readonly duration?: string;
}

/** One whole run through a proxy, with the server behind it as the target. */
async function runThrough(
  answer: Answer,
  { drain = 'autoAck', repeat = 0, think, messages = MESSAGES, duration }: Order = {},
): Promise<RunRecord> {
  await using proxy = await startProxy(serverUrl, answer);
  const amount = duration === undefined ? { messages } : { duration, warmUp: '0s' };
  const scenario = {
    question: 'Does the server lie?',
    queue: { lease: '2s' },
    load: { ...amount, batch: PUSH_BATCH, payloadBytes: 100, partitions: 4, repeat, closed: { connections: 8 } },
    consumers: think === undefined ? {} : { count: 4, batch: 100, think },
    drain: { mode: drain, consumers: 4, batch: 100 },
  };
  const file = { name: 'lies', file: 'lies.yaml', text: JSON.stringify(scenario) };
  const plan = planScenario(file, { sets: [], quick: false });
  const [planned] = plan.runs;
  if (planned === undefined) throw new Error('a plan without runs');
  runs += 1;
  const { run } = await runArm(planned, runs, {
    plan,
    postgres,
    target: { baseUrl: proxy.baseUrl, postgresUrl: undefined, poolSize: POOL_SIZE },
    note: () => undefined,
    folder: '',
    seed: 1,
    patienceMs: 60_000,
    progress: createProgress({ stream: { write: () => undefined }, live: false, colour: false }),
    signal: new AbortController().signal,
  });
  if (!isMeasured(run)) throw new Error(run.refused);
  return run;
}

test.each(['autoAck', 'ack'] as const)('an honest proxy is accused by nobody (%s)', async (drain) => {
  const { checks } = await runThrough(honestly, { drain });
  for (const { name, verdict, summary } of checks) expect([name, verdict, summary]).not.toContain('invalid');
  const proved = checks.filter(({ verdict }) => verdict === 'valid').map(({ name }) => name);
  expect(proved).toEqual(expect.arrayContaining(['accounting', 'statuses', ...(drain === 'ack' ? ['acks'] : [])]));
});

test.each(LIES)('$check catches that $name, one in a thousand', async (lie) => {
  const liar = new Liar(ONE_IN, lie.most);
  const { verdict, checks } = await runThrough(lie.tell(liar), lie);
  expect(liar.lies).toBeGreaterThan(0);
  const check = checks.find(({ name }) => name === lie.check);
  expect(check?.verdict, check?.summary).toBe('invalid');
  expect(verdict).toBe('invalid');
  const counted = lie.counts.reduce((sum, name) => sum + (check?.counts[name] ?? 0), 0);
  expect(counted, check?.summary).toBe(liar.lies * lie.countPerLie);
  const witness = check?.witness.filter((line) => lie.counts.some((name) => line.startsWith(`${name}: `))) ?? [];
  expect(witness.length).toBeGreaterThan(0);
  for (const line of witness)
    expect(
      [...liar.liedAbout].filter((id) => new RegExp(`${id}(?!\\d)`).test(line)),
      line,
    ).toHaveLength(1);
});

test('a request in a thousand that takes two seconds longer is in the latency', async () => {
  const liar = new Liar(ONE_IN);
  const { summary } = await runThrough(
    async (exchange) => {
      if (isPush(exchange) && liar.due(1) !== undefined) {
        liar.about();
        await sleep(2_000);
      }
      return await exchange.forward();
    },
    { messages: 10_000 },
  );
  expect(liar.lies).toBe(2);
  const latency = latencyPercentiles(mergeHistograms([summary.latencyHistogram]));
  expect(latency?.max).toBeGreaterThanOrEqual(2_000_000);
});
