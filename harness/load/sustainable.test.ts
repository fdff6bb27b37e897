import { expect, test } from 'vitest';
import { judgeStep, type TriedStep } from './sustainable.ts';

/** Two seconds at 1,000 requests a second, with a backlog that grows evenly by so much a second from 20. */
function step(growthPerS: number, change: Partial<TriedStep> = {}): TriedStep {
  const backlog = Array.from({ length: 11 }, (_, index) => ({
    atUs: index * 200_000,
    backlog: 20 + growthPerS * index * 0.2,
  }));
  return {
    ...{ offeredPerS: 1_000, lengthS: 2, intended: 2_000, backlog, isCut: false, isDrained: true, failed: 0 },
    ...{ sendLagP99Us: 500, wakeLagUs: null, eventLoopUtilization: 0.4, cpuCores: 0.3 },
    ...change,
  };
}

test.each([0, 20, -300])('a backlog that grows by %s of 1,000 a second is kept up with', (growthPerS) => {
  expect(judgeStep(step(growthPerS))).toEqual({ isSustained: true, limit: undefined, reasons: [] });
});

test('a backlog that grows says by how much', () => {
  expect(judgeStep(step(40))).toEqual({
    isSustained: false,
    limit: 'server',
    reasons: ['the backlog grew by 40.0 requests/s, 4.00 % of what was offered'],
  });
});

test('requests that are always under way are no growth, nor is a stall that was made up for', () => {
  const samples = step(0).backlog;
  const stalled = samples.map(({ atUs }, index) => ({ atUs, backlog: index === 5 || index === 6 ? 300 : 80 }));
  expect(judgeStep(step(0, { backlog: stalled })).isSustained).toBe(true);
});

test('at low rates a few requests more or less are no growth', () => {
  const few = step(0).backlog.map(({ atUs }, index) => ({ atUs, backlog: index < 5 ? 0 : 3 }));
  expect(judgeStep(step(0, { offeredPerS: 10, intended: 20, backlog: few })).isSustained).toBe(true);
});

test.each([
  [{ failed: 3 }, '3 of 2,000 requests failed'],
  [{ sendLagP99Us: 400_000 }, 'one request in a hundred waited 400 ms or more for a free connection'],
  [{ isCut: true }, '500 requests or more were under way, half a second’s worth'],
])('%o: the server was the limit, and why', (change, reason) => {
  expect(judgeStep(step(0, change))).toEqual({ isSustained: false, limit: 'server', reasons: [reason] });
});

test.each([
  [{ eventLoopUtilization: 0.97, cpuCores: 0.9 }, expect.stringContaining('busy for 97 % of the time')],
  [
    { wakeLagUs: { p50: 12_000, p90: 13_000, p99: 14_000, p999: 15_000, max: 16_000 } },
    expect.stringContaining('12.0 ms late'),
  ],
])('%o: the generator is named, but only where the rate was not sustained', (change, reason) => {
  expect(judgeStep(step(100, change))).toMatchObject({ limit: 'generator', reasons: [expect.anything(), reason] });
  expect(judgeStep(step(0, change)).isSustained).toBe(true);
});

test('a server that does not come to an end with what it has is not asked for more', () => {
  expect(judgeStep(step(0, { isDrained: false }))).toMatchObject({ isSustained: false, limit: 'ended' });
});

test('a load that is over is no judgement of a server', () => {
  expect(judgeStep(step(0, { intended: 0 })).limit).toBe('ended');
});
