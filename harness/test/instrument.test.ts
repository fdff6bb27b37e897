import { expect, test } from 'vitest';
import { deviation, PERCENTILE_NAMES, tryAutocannon, tryOpenLoop } from '../bench/instrument-trial.ts';

const NEAR = 0.05;

test.each([50, 200, 1_000])(
  'at %i requests/s, with stalls, the open loop is within 5 % of the truth; the rate mode of autocannon is far off',
  async (rate) => {
    const signal = AbortSignal.timeout(40_000);
    const { predicted, truth, measured } = await tryOpenLoop(rate, signal);
    for (const name of PERCENTILE_NAMES) {
      expect(deviation(truth, measured, name), `${name}: ${measured[name]} of ${truth[name]} µs`).toBeLessThan(NEAR);
      // Where the machine hardly matters the truth is what arithmetic says: nobody sent late of his own accord.
      if (rate === 50) expect(deviation(predicted, truth, name), `${name}: ${truth[name]} µs`).toBeLessThan(2 * NEAR);
    }
    const others = await tryAutocannon(rate, signal);
    const farthest = Math.max(...PERCENTILE_NAMES.map((name) => deviation(truth, others, name)));
    expect(farthest).toBeGreaterThan(2 * NEAR);
  },
);
