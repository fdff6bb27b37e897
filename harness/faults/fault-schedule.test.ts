import { expect, test } from 'vitest';
import { FAULT_KINDS, type FaultKind, type FaultRecord } from '../history/fault-record.ts';
import type { PlannedFault } from '../scenario/faults-group.ts';
import { chooseFaults } from './chosen-fault.ts';
import { FaultImpossible, type FaultOrder, type FaultTargets, type Inject } from './fault.ts';
import type { FaultClock } from './fault-clock.ts';
import { startFaults } from './fault-schedule.ts';

/** Moves only when told to; then all that was waiting for that time goes on, in its order. */
class FakeClock implements FaultClock {
  #nowUs = 0;
  readonly #sleepers = new Set<{ readonly us: number; readonly wake: () => void }>();

  nowUs(): number {
    return this.#nowUs;
  }

  sleepUntil(us: number, signal: AbortSignal): Promise<void> {
    if (us <= this.#nowUs || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { us, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        resolve();
      });
    });
  }

  async advanceTo(ms: number): Promise<void> {
    await settle();
    for (;;) {
      const [next] = [...this.#sleepers].sort((one, other) => one.us - other.us);
      if (next === undefined || next.us > ms * 1000) break;
      this.#sleepers.delete(next);
      this.#nowUs = next.us;
      next.wake();
      await settle();
    }
    this.#nowUs = ms * 1000;
  }
}

/** Lets everything that can go on do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Faults that only write down what they do; `ways` are done otherwise. */
class FakeFaults {
  readonly done: string[] = [];
  readonly orders: FaultOrder[] = [];
  readonly injectors: Readonly<Record<FaultKind, Inject>>;

  constructor(ways: Partial<Record<FaultKind, Inject>> = {}) {
    const usual: Inject = async (_, order) => {
      this.done.push(order.kind);
      this.orders.push(order);
      return {
        detail: `did ${order.kind}`,
        count: order.count,
        heal: async () => {
          this.done.push(`healed ${order.kind}`);
        },
      };
    };
    const entries = FAULT_KINDS.map((kind) => [kind, ways[kind] ?? usual] as const);
    this.injectors = Object.fromEntries(entries) as Record<FaultKind, Inject>;
  }
}

function plan(kind: FaultKind, atMs: number, more: Partial<PlannedFault> = {}): PlannedFault {
  return {
    kind,
    atMs: [atMs, atMs],
    forMs: undefined,
    everyMs: undefined,
    count: undefined,
    between: 'database',
    delayMs: undefined,
    bytesPerS: undefined,
    ...more,
  };
}

// The fakes look at none of them.
const TARGETS = {} as FaultTargets;

function start(plans: readonly PlannedFault[], faults: FakeFaults, loadStartedUs = 0) {
  const clock = new FakeClock();
  const aborted = new AbortController();
  const { signal } = aborted;
  const { injectors } = faults;
  const schedule = startFaults(plans, TARGETS, { loadStartedUs, seed: 7, signal, clock, injectors });
  return { clock, schedule, aborted };
}

const times = ({ kind, invokedUs, injectedUs, healInvokedUs, healedUs }: FaultRecord) => [
  kind,
  ...[invokedUs, injectedUs, healInvokedUs, healedUs].map((us) => (us === undefined ? us : us / 1000)),
];

test('faults happen at their times after the start of the load, and are healed when they have lasted', async () => {
  const faults = new FakeFaults();
  const plans = [plan('postgres-kill', 300, { forMs: [200, 200] }), plan('network-cut', 100, { forMs: [300, 300] })];
  const { clock, schedule } = start(plans, faults, 50_000);
  await clock.advanceTo(149);
  expect(faults.done).toEqual([]);
  await clock.advanceTo(1000);
  expect(faults.done).toEqual(['network-cut', 'postgres-kill', 'healed network-cut', 'healed postgres-kill']);
  const records = await schedule.healAll();
  expect(records.map(times)).toEqual([
    ['network-cut', 150, 150, 450, 450],
    ['postgres-kill', 350, 350, 550, 550],
  ]);
  expect(records).toMatchObject([
    { outcome: 'injected', detail: 'did network-cut', between: 'database' },
    { outcome: 'injected', detail: 'did postgres-kill', between: undefined },
  ]);
});

test('at the end of the load all that is in effect is healed, the last one first', async () => {
  const faults = new FakeFaults();
  const plans = [plan('row-lock', 10), plan('postgres-pause', 20, { forMs: [500, 500] }), plan('network-cut', 30)];
  const { clock, schedule } = start(plans, faults);
  await clock.advanceTo(100);
  faults.done.length = 0;
  const records = await schedule.healAll();
  expect(faults.done).toEqual(['healed network-cut', 'healed postgres-pause', 'healed row-lock']);
  expect(records.map(({ healedUs }) => healedUs)).toEqual([100_000, 100_000, 100_000]);
  expect(await schedule.healAll()).toBe(records);
});

test('a repeated fault begins again from beginning to beginning until the load ends', async () => {
  const faults = new FakeFaults();
  const { clock, schedule } = start([plan('worker-kill', 100, { everyMs: [200, 200] })], faults);
  await clock.advanceTo(650);
  const records = await schedule.healAll();
  expect(records.map(({ invokedUs }) => invokedUs / 1000)).toEqual([100, 300, 500]);
  await clock.advanceTo(2000);
  expect(faults.orders).toHaveLength(3);
});

test('a fault that is over at once is healed at once, and its repeats do not wait for that', async () => {
  const replaced = Promise.withResolvers<void>();
  const faults = new FakeFaults({
    'worker-kill': async () => ({ detail: 'killed', isOver: true, heal: () => replaced.promise }),
  });
  const often = plan('worker-kill', 100, { everyMs: [200, 200], forMs: [9000, 9000] });
  const { clock, schedule } = start([often], faults);
  await clock.advanceTo(350);
  replaced.resolve();
  const records = await schedule.healAll();
  expect(records.map(times)).toEqual([
    ['worker-kill', 100, 100, 100, 350],
    ['worker-kill', 300, 300, 300, 350],
  ]);
});

test('what is down is not taken down again by the same plan', async () => {
  const faults = new FakeFaults();
  const often = plan('postgres-kill', 0, { everyMs: [100, 100], forMs: [250, 250] });
  const { clock, schedule } = start([often], faults);
  await clock.advanceTo(600);
  expect((await schedule.healAll()).map(times)).toEqual([
    ['postgres-kill', 0, 0, 250, 250],
    ['postgres-kill', 250, 250, 500, 500],
    ['postgres-kill', 500, 500, 600, 600],
  ]);
});

test('a fault whose time lies after the end of the load has failed', async () => {
  const faults = new FakeFaults();
  const { clock, schedule } = start([plan('postgres-kill', 5000)], faults);
  await clock.advanceTo(1000);
  const [record] = await schedule.healAll();
  expect(record).toMatchObject({ outcome: 'failed', injectedUs: undefined, healedUs: undefined });
  expect(record?.detail).toBe('the load ended before its time, 5.0 s after the start');
  expect(faults.done).toEqual([]);
});

test('what cannot be done is told from what went wrong, and neither keeps the others from happening', async () => {
  const faults = new FakeFaults({
    'postgres-kill': async () => {
      throw new FaultImpossible('not ours to stop');
    },
    'row-lock': async () => {
      throw new Error('no rows');
    },
    'table-lock': async () => ({
      detail: 'locked',
      heal: async () => {
        throw new Error('stuck');
      },
    }),
  });
  const plans = (['postgres-kill', 'row-lock', 'held-xmin', 'table-lock'] as const).map((kind) => plan(kind, 10));
  const { clock, schedule } = start(plans, faults);
  await clock.advanceTo(20);
  expect(await schedule.healAll()).toMatchObject([
    { kind: 'postgres-kill', outcome: 'impossible', detail: 'not ours to stop', injectedUs: undefined },
    { kind: 'row-lock', outcome: 'failed', detail: 'no rows', injectedUs: undefined },
    { kind: 'held-xmin', outcome: 'injected', healedUs: 20_000 },
    {
      kind: 'table-lock',
      outcome: 'failed',
      detail: 'locked; it could not be healed: stuck',
      injectedUs: 10_000,
      healInvokedUs: 20_000,
      healedUs: undefined,
    },
  ]);
});

test('a fault that is just being done when the load ends is healed when it has taken effect', async () => {
  const slow = Promise.withResolvers<void>();
  const healed: string[] = [];
  const faults = new FakeFaults({
    // Hangs until the pause is over, as a session that is being opened does.
    'row-lock': async () => {
      await slow.promise;
      return { detail: 'locked', heal: async () => void healed.push('row-lock') };
    },
    'postgres-pause': async () => ({
      detail: 'paused',
      heal: async () => {
        healed.push('postgres-pause');
        slow.resolve();
      },
    }),
  });
  const { clock, schedule } = start([plan('postgres-pause', 10), plan('row-lock', 20)], faults);
  await clock.advanceTo(30);
  const records = await schedule.healAll();
  expect(healed).toEqual(['postgres-pause', 'row-lock']);
  expect(records.map(({ outcome }) => outcome)).toEqual(['injected', 'injected']);
});

test('an interruption begins nothing more; disposing heals', async () => {
  const faults = new FakeFaults();
  const plans = [plan('network-cut', 10, { forMs: [100, 100] }), plan('postgres-kill', 20)];
  const { clock, schedule, aborted } = start(plans, faults);
  await clock.advanceTo(15);
  aborted.abort();
  await clock.advanceTo(500);
  expect(faults.done).toEqual(['network-cut']);
  await schedule[Symbol.asyncDispose]();
  expect(faults.done).toEqual(['network-cut', 'healed network-cut']);
});

test('the seed decides what is left to chance, within its bounds; other plans and what they did change nothing', () => {
  const wide = plan('slow-queries', 0, { atMs: [100, 900], forMs: [10, 20], everyMs: [50, 60], delayMs: [1, 5] });
  const firstThree = (seed: number, plans = [wide]) => {
    const [times = []] = chooseFaults(plans, seed);
    const choices: number[][] = [];
    for (const { order, atMs, forMs = 0, random } of times) {
      choices.push([atMs, forMs, order.delayMs ?? 0, random()]);
      if (choices.length === 3) break;
    }
    return choices;
  };
  const chosen = firstThree(1);
  expect(firstThree(1)).toEqual(chosen);
  expect(firstThree(1, [wide, plan('row-lock', 5)])).toEqual(chosen);
  expect(firstThree(2)).not.toEqual(chosen);
  for (const [atMs = -1, forMs = -1, delayMs = -1] of chosen) {
    expect(atMs).toBeGreaterThanOrEqual(100);
    expect(forMs >= 10 && forMs <= 20 && delayMs >= 1 && delayMs <= 5).toBe(true);
  }
});

test('orders carry what their plan says, and records how many were hit', async () => {
  const faults = new FakeFaults();
  const plans = [
    plan('backends-terminate', 0, { count: 3 }),
    plan('network-bandwidth', 1, { between: 'clients', bytesPerS: 1000, delayMs: [5, 5] }),
  ];
  const { clock, schedule } = start(plans, faults);
  await clock.advanceTo(10);
  expect((await schedule.healAll()).map(({ count }) => count)).toEqual([3, undefined]);
  expect(faults.orders).toMatchObject([
    { kind: 'backends-terminate', count: 3, delayMs: undefined },
    { kind: 'network-bandwidth', between: 'clients', bytesPerS: 1000, delayMs: 5 },
  ]);
});
