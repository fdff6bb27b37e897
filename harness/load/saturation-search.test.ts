import { describe, expect, test } from 'vitest';
import { seededRandom } from '../measure/seeded-random.ts';
import { arrivals } from './arrivals.ts';
import { type RateOrder, searchSaturation } from './saturation-search.ts';
import { hopelessBacklog, judgeStep, type StepVerdict } from './sustainable.ts';

const PLAN = { from: 100, stepMs: 1_000, holdMs: 3_000, levels: [0.5, 1] };
const SAMPLE_US = 200_000;

interface FakeServer {
  /** Requests that are worked on at the same time, each for so long. */
  readonly servers: number;
  readonly serviceUs: number;
  /** Share by which the time of a request varies. */
  readonly noise?: number;
  readonly arrivals?: 'even' | 'poisson';
  /** A step, counted from 1, in whose middle nothing is worked on for a while. */
  readonly stall?: { readonly step: number; readonly lengthUs: number };
  /** Requests per second that the load generator can send; it is busy then. */
  readonly generatorPerS?: number;
  readonly failsFrom?: number;
}

/** A queue in front of `servers` (D/D/c, M/D/c, or G): what an open loop would have seen of it, without any time passing. */
function simulated(server: FakeServer, seed: number): (order: RateOrder) => Promise<StepVerdict> {
  const random = seededRandom(seed);
  let steps = 0;
  return async ({ ratePerS, lengthMs }) => {
    steps += 1;
    const generatorPerS = server.generatorPerS ?? Number.POSITIVE_INFINITY;
    const lengthUs = lengthMs * 1_000;
    const schedule = arrivals({ rate: ratePerS, arrivals: server.arrivals ?? 'even', burst: 1, lengthUs }, random);
    const freeAtUs = Array.from({ length: server.servers }, () => 0);
    const stalledUs = server.stall?.step === steps ? server.stall.lengthUs : 0;
    const requests: { readonly fromUs: number; readonly toUs: number }[] = [];
    for (let fromUs = schedule.next(); fromUs !== undefined; fromUs = schedule.next()) {
      const next = freeAtUs.indexOf(Math.min(...freeAtUs));
      let startUs = Math.max(fromUs, freeAtUs[next] ?? 0, (requests.length / generatorPerS) * 1_000_000);
      if (startUs >= lengthUs / 2 && startUs < lengthUs / 2 + stalledUs) startUs = lengthUs / 2 + stalledUs;
      const toUs = startUs + server.serviceUs * (1 + (server.noise ?? 0) * (2 * random() - 1));
      freeAtUs[next] = toUs;
      requests.push({ fromUs, toUs });
    }
    const backlog = Array.from({ length: lengthUs / SAMPLE_US }, (_, index) => {
      const atUs = (index + 1) * SAMPLE_US - 1;
      return { atUs, backlog: requests.filter(({ fromUs, toUs }) => fromUs <= atUs && toUs > atUs).length };
    });
    return judgeStep({
      ...{ offeredPerS: ratePerS, lengthS: lengthMs / 1_000, intended: requests.length, backlog },
      isCut: backlog.some((sample) => sample.backlog > hopelessBacklog(ratePerS)),
      isDrained: true,
      failed: ratePerS >= (server.failsFrom ?? Number.POSITIVE_INFINITY) ? 7 : 0,
      ...{ sendLagP99Us: 100, wakeLagUs: null, cpuCores: 1 },
      eventLoopUtilization: Math.min(1, ratePerS / generatorPerS),
    });
  };
}

const search = (server: FakeServer, seed = 1) => searchSaturation(PLAN, simulated(server, seed));

describe('a server of known capacity', () => {
  test.each([
    ['one at a time', { servers: 1, serviceUs: 1_000 }, 1_000],
    ['eight at a time', { servers: 8, serviceUs: 11_000 }, 727],
    ['as clients come that know nothing of each other', { servers: 4, serviceUs: 2_000, arrivals: 'poisson' }, 2_000],
    ['whose requests take between nothing and twice as long', { servers: 4, serviceUs: 4_000, noise: 1 }, 1_000],
    ['slower than the first rate', { servers: 1, serviceUs: 40_000 }, 25],
  ] as const)('%s: found within 10 %, and what is told was held', async (_, server, capacityPerS) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const found = await search(server, seed);
      expect(found.capacityPerS ?? 0).toBeGreaterThan(capacityPerS * 0.9);
      // A queue that grows by less than 2 % (or, in a short step, by little) is not seen to grow.
      expect(found.capacityPerS ?? 0).toBeLessThan(capacityPerS * 1.04);
      expect(found.isLowerBound).toBe(false);
      const held = found.trials.findLast(({ order }) => order.phase === 'hold');
      expect([held?.tried.isSustained, held?.order.ratePerS]).toEqual([true, found.capacityPerS]);
    }
  });

  test('the search doubles, bisects, confirms, holds, and measures the levels at shares of what was held', async () => {
    const { trials, capacityPerS = 0 } = await search({ servers: 1, serviceUs: 1_000 });
    const rates = trials.map(({ order: { phase, ratePerS } }) => `${phase} ${Math.round(ratePerS)}`);
    expect(rates.slice(0, 6)).toEqual([
      'search 100',
      'search 200',
      'search 400',
      'search 800',
      'search 1600',
      'search 1131',
    ]);
    expect(trials.at(-1)?.order).toEqual({ phase: 'level', ratePerS: capacityPerS / 2, lengthMs: 1_000, share: 0.5 });
    expect(trials.length).toBeLessThanOrEqual(14);
  });
});

test('a stall while the rate doubles does not end the search there', async () => {
  for (const step of [1, 2, 3, 4]) {
    const { capacityPerS } = await search({ servers: 1, serviceUs: 1_000, stall: { step, lengthUs: 900_000 } });
    expect(capacityPerS).toBeGreaterThan(900);
  }
});

test('a rate that cannot be held is lowered until one can, and none is told when none can', async () => {
  const verdict = (isSustained: boolean): StepVerdict => ({
    ...{ isSustained, limit: isSustained ? undefined : 'server' },
    reasons: [],
  });
  const holdableBelow = (limitPerS: number) =>
    searchSaturation(PLAN, async ({ phase, ratePerS }) => verdict(ratePerS < (phase === 'hold' ? limitPerS : 1_000)));
  const { capacityPerS = 0, trials } = await holdableBelow(900);
  expect(capacityPerS).toBeLessThan(900);
  expect(capacityPerS).toBeGreaterThan(900 * 0.92);
  expect(trials.filter(({ order }) => order.phase === 'level')).toHaveLength(1);
  const unheld = await holdableBelow(500);
  expect(unheld.capacityPerS).toBeUndefined();
  expect(unheld.trials.filter(({ order }) => order.phase === 'hold')).toHaveLength(4);
  expect(unheld.trials.at(-1)?.order.phase).toBe('hold');
});

test('a server that never saturates within what the generator can send: a lower bound', async () => {
  const found = await search({ servers: 1_000, serviceUs: 1_000, generatorPerS: 3_000 });
  expect(found.capacityPerS).toBeGreaterThan(2_700);
  expect(found.capacityPerS).toBeLessThan(3_100);
  expect(found.isLowerBound).toBe(true);
});

test('a bound that the server set once is the server’s, although the generator was late the second time', async () => {
  let unsustained = 0;
  const found = await searchSaturation(PLAN, async ({ ratePerS }) => {
    const isSustained = ratePerS < 1_000;
    if (!isSustained) unsustained += 1;
    // 1600, 1131 and 1037 are too much, and the last is tried once more.
    return { isSustained, limit: isSustained ? undefined : unsustained < 4 ? 'server' : 'generator', reasons: [] };
  });
  const bound = Math.min(...found.trials.filter(({ tried }) => !tried.isSustained).map(({ order }) => order.ratePerS));
  const limits = found.trials.filter(({ order }) => order.ratePerS === bound).map(({ tried }) => tried.limit);
  expect(limits).toEqual(['server', 'generator']);
  expect(found.isLowerBound).toBe(false);
});

test('a search that never meets a limit ends, and its result is a lower bound', async () => {
  const found = await searchSaturation(PLAN, async () => ({ isSustained: true, limit: undefined, reasons: [] }));
  expect(found).toMatchObject({ capacityPerS: 100_000, isLowerBound: true });
});

test('a server that fails at every rate: no capacity, in a few steps', async () => {
  const { capacityPerS, trials } = await search({ servers: 1, serviceUs: 1_000, failsFrom: 0 });
  expect(capacityPerS).toBeUndefined();
  expect(trials).toHaveLength(7);
  expect(trials.at(-1)?.tried.reasons).toEqual(['7 of 2 requests failed']);
});

test('a load that is over ends the search at once', async () => {
  const { capacityPerS, trials } = await searchSaturation(PLAN, async () => ({
    ...{ isSustained: false, limit: 'ended' },
    reasons: [],
  }));
  expect([capacityPerS, trials.length]).toEqual([undefined, 1]);
});

test('whatever is answered, the search ends within its bounds and tells no rate that was not held', async () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seededRandom(seed);
    const found = await searchSaturation(PLAN, async () => {
      const isSustained = random() < 0.5;
      return { isSustained, limit: isSustained ? undefined : random() < 0.3 ? 'generator' : 'server', reasons: [] };
    });
    expect(found.trials.length).toBeLessThanOrEqual(24 + 4 + PLAN.levels.length);
    const held = found.trials.findLast(({ order }) => order.phase === 'hold');
    expect(found.capacityPerS).toBe(held?.tried.isSustained === true ? held.order.ratePerS : undefined);
  }
});
