import { expect, test } from 'vitest';
import { steadyWindow } from './steady-window.ts';

/** A load that lasts until `endsAtMs` and is unsteady in the first `unsteadyLooks` windows. */
async function settle(load: { durationMs: number; extendMs: number }, unsteadyLooks: number, endsAtMs = 1e9) {
  const looks: (readonly number[])[] = [];
  const marks: number[] = [];
  let nowMs = 0;
  const { fromUs, toUs, cpuUs, eventLoopUtilization, extendedMs } = await steadyWindow(load, {
    endsWithin: async (lengthMs) => {
      nowMs += Math.min(lengthMs, endsAtMs - nowMs);
      return nowMs >= endsAtMs;
    },
    isUnsteady: (...window) => {
      looks.push(window.map((us) => us / 1_000));
      return looks.length <= unsteadyLooks;
    },
    mark: () => {
      marks.push(nowMs);
      // Busy all the time, on half a core.
      return { atUs: nowMs * 1_000, cpuUs: nowMs * 500, loop: { active: nowMs, idle: 0, utilization: 1 } };
    },
  });
  return { window: [fromUs / 1_000, toUs / 1_000], extendedMs, looks, marks, cpuUs, eventLoopUtilization };
}

test('a steady window is the one that was asked for', async () => {
  expect(await settle({ durationMs: 2_000, extendMs: 2_000 }, 0)).toEqual({
    window: [0, 2_000],
    extendedMs: 0,
    looks: [[0, 2_000]],
    marks: [0, 500, 1_000, 1_500, 2_000],
    cpuUs: 1_000_000,
    eventLoopUtilization: 1,
  });
});

test('an unsteady one moves on by quarters until it is steady, as long as it was', async () => {
  const { looks, ...settled } = await settle({ durationMs: 2_000, extendMs: 2_000 }, 2);
  // What was spent is that of the window, not of the wait for it.
  expect(settled).toMatchObject({ window: [1_000, 3_000], extendedMs: 1_000, cpuUs: 1_000_000 });
  expect(looks).toEqual([
    [0, 2_000],
    [500, 2_500],
    [1_000, 3_000],
  ]);
});

test('one that never is moves on to the bound, in steps that fit into it', async () => {
  const never = Number.POSITIVE_INFINITY;
  expect((await settle({ durationMs: 2_000, extendMs: 2_000 }, never)).window).toEqual([2_000, 4_000]);
  expect((await settle({ durationMs: 3_000, extendMs: 2_000 }, never)).window).toEqual([1_500, 4_500]);
  expect((await settle({ durationMs: 60_000, extendMs: 2_000 }, never)).window).toEqual([2_000, 62_000]);
});

test('without leave to extend nobody looks, and only the two ends are marked', async () => {
  expect(await settle({ durationMs: 2_000, extendMs: 0 }, 1)).toMatchObject({
    window: [0, 2_000],
    looks: [],
    marks: [0, 2_000],
  });
});

test('a load that is over early answers for the whole window, that of the extension too', async () => {
  expect((await settle({ durationMs: 2_000, extendMs: 2_000 }, 0, 700)).window).toEqual([0, 2_000]);
  expect((await settle({ durationMs: 2_000, extendMs: 2_000 }, 9, 2_300)).window).toEqual([500, 2_500]);
});
