import { expect, test } from 'vitest';
import { deviation, PERCENTILE_NAMES, tryAutocannon, tryOpenLoop } from '../bench/instrument-trial.ts';

const NEAR = 0.05;

test.each([50, 200, 1_000])(
  'at %i requests/s, with stalls, the open loop is within 5 % of the truth; the rate mode of autocannon is far off',
  async (rate) => {
    const signal = AbortSignal.timeout(40_000);
    const { truth, measured } = await tryOpenLoop(rate, signal);
    // The server did what it was told: half see its service time, the last of all the whole stall.
    expect(truth.p50).toBeGreaterThan(100_000);
    expect(truth.max).toBeGreaterThan(800_000);
    for (const name of PERCENTILE_NAMES) {
      expect(deviation(truth, measured, name), `${name}: ${measured[name]} of ${truth[name]} µs`).toBeLessThan(NEAR);
    }
    const others = await tryAutocannon(rate, signal);
    const farthest = Math.max(...PERCENTILE_NAMES.map((name) => deviation(truth, others, name)));
    expect(farthest).toBeGreaterThan(2 * NEAR);
  },
);
