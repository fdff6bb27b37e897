import { exactly, type Interval } from '../measure/interval.ts';
import type { BenchBar, BenchContext, BenchFigure, BenchOutcome } from './bench.ts';
import { deviation, PERCENTILE_NAMES, tryAutocannon, tryOpenLoop } from './instrument-trial.ts';

const RATES_PER_S = [50, 200, 1_000] as const;
/** The bar, as a share of the truth. */
const NEAR = 0.05;

/**
 * How true the percentiles are that the open loop gives of a server with stalls, beside those of autocannon's rate mode at
 * the same rate and the same server.
 */
export async function benchInstrument({ onProgress, signal }: BenchContext): Promise<BenchOutcome> {
  const figures: BenchFigure[] = [];
  const bars: BenchBar[] = [];
  for (const rate of RATES_PER_S) {
    onProgress(`${rate} requests/s`);
    const { truth, measured } = await tryOpenLoop(rate, signal);
    const others = await tryAutocannon(rate, signal);
    for (const name of PERCENTILE_NAMES) {
      const ms = (us: number): Interval => exactly(us / 1_000);
      figures.push(
        { what: `${rate}/s ${name}: truth`, unit: 'ms', value: ms(truth[name]) },
        { what: `${rate}/s ${name}: open loop`, unit: 'ms', value: ms(measured[name]) },
        { what: `${rate}/s ${name}: autocannon`, unit: 'ms', value: ms(others[name]) },
      );
    }
    const farthest = Math.max(...PERCENTILE_NAMES.map((name) => deviation(truth, measured, name)));
    bars.push({
      text: `${rate}/s: every percentile within ${100 * NEAR} % of the truth`,
      met: farthest <= NEAR,
      observed: `${(100 * farthest).toFixed(1)} % off at most`,
    });
  }
  return { figures, bars };
}
