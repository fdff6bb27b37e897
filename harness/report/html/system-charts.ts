import { COMBINED_BY, type SystemMetric } from '../../measure/system-samples.ts';
import type { ArmResult, Result } from '../result.ts';
import type { SystemRecord } from '../system-record.ts';
import { faultSpans } from './fault-span.ts';
import { ARM_COLOURS } from './palette.ts';
import { thinned } from './thinned.ts';
import { type ChartLine, type TimeChart, timeChart } from './time-chart.ts';

/** The charts of how the system was in one run. */
export interface RunCharts {
  /** No other run of the report has it. */
  readonly id: string;
  readonly arm: string;
  readonly round: number;
  readonly charts: readonly TimeChart[];
}

/** Their charts take 15 kB each, points aside. */
const MOST_RUNS = 8;
/** All lines of all runs together; keeps the report of many arms well below 2 MB. */
const MAX_POINTS = 16_000;
const MIN_LINE_POINTS = 8;

const BYTES_PER_MIB = 2 ** 20;

interface ChartPlan {
  readonly title: string;
  readonly unit: string;
  /** Several metrics in one chart are told apart by these names; one metric by whose it is. */
  readonly metrics: Readonly<Partial<Record<SystemMetric, string>>>;
  readonly factor: number;
}

const PLANS: readonly ChartPlan[] = [
  { title: 'CPU in use', unit: 'cores', metrics: { cpuCores: '' }, factor: 1 },
  { title: 'Event loop busy', unit: '%', metrics: { eventLoopUtilization: '' }, factor: 100 },
  { title: 'Longest event-loop delay', unit: 'ms', metrics: { eventLoopDelayMs: '' }, factor: 1 },
  {
    title: 'Async pool',
    unit: 'connections',
    metrics: { poolSize: 'size', poolInUse: 'in use', poolIdle: 'idle', poolWaiting: 'waiting callers' },
    factor: 1,
  },
  { title: 'Memory', unit: 'MiB', metrics: { rssBytes: '' }, factor: 1 / BYTES_PER_MIB },
  { title: 'Sessions by state', unit: 'sessions', metrics: { sessions: '' }, factor: 1 },
  { title: 'Sessions at work, by what they wait for', unit: 'sessions', metrics: { waits: '' }, factor: 1 },
];

/** The same name has the same colour in every chart; names that are not here take those that are left in turn. */
const COLOURS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ PostgreSQL: 0, 'load generator': 1, consumers: 4, primary: 5, harness: 7 },
    ...{ 'worker 1': 2, 'worker 2': 3, 'worker 3': 6 },
    ...{ size: 7, 'in use': 0, idle: 2, 'waiting callers': 1 },
    ...{ active: 0, 'idle in transaction': 1, running: 2 },
  }),
);

/**
 * Charts of the runs that were watched, in the order of the result; of many runs the first rounds of each arm, and of very many
 * arms the first. A chart without lines is left out.
 */
export function systemCharts({ arms }: Result): readonly RunCharts[] {
  const watched = arms.map(({ system = [] }) => system.filter(({ sources }) => sources.length > 0));
  const rounds = Math.max(1, Math.floor(MOST_RUNS / Math.max(1, watched.filter(({ length }) => length > 0).length)));
  const runs = watched
    .flatMap((records, armIndex) => records.slice(0, rounds).map((record) => ({ armIndex, record })))
    .slice(0, MOST_RUNS);
  const lines = runs.flatMap(({ record }) => record.sources.flatMap(({ series }) => series)).length;
  const maxPoints = Math.max(MIN_LINE_POINTS, Math.floor(MAX_POINTS / Math.max(1, lines)));
  return runs.flatMap(({ armIndex, record }) => {
    const arm = arms[armIndex];
    if (arm === undefined) return [];
    const id = `system-${armIndex}-${record.round}`;
    return [{ id, arm: arm.name, round: record.round, charts: chartsOf(id, arm, record, maxPoints) }];
  });
}

function chartsOf(id: string, arm: ArmResult, record: SystemRecord, maxPoints: number): readonly TimeChart[] {
  const faults = faultSpans((arm.faults ?? []).filter(({ round }) => round === record.round));
  // The sources begin and end at other times: only on the same axis can their charts be read together.
  const times = record.sources.flatMap(({ atMs }) => atMs.map((ms) => ms / 1000));
  const spanS = [Math.min(...times), Math.max(...times)] as const;
  return PLANS.map((plan, index) => ({
    ...timeChart(`${id}-${index}`, plan.title, plan.unit, linesOf(plan, record, maxPoints)),
    ...{ faults, spanS, warmUpS: Math.max(0, -spanS[0]) },
  })).filter(({ lines }) => lines.length > 0);
}

function linesOf({ metrics, factor }: ChartPlan, { round, sources }: SystemRecord, maxPoints: number) {
  const named = sources.flatMap(({ atMs, series }) =>
    series.flatMap(({ metric, of, values }) => {
      const name = metrics[metric];
      if (name === undefined) return [];
      const points = values.map((value, index) => {
        return [(atMs[index] ?? 0) / 1000, value === null ? null : value * factor] as const;
      });
      return [{ name: name === '' ? of : name, points: thinned(points, COMBINED_BY[metric], maxPoints) }];
    }),
  );
  const colours = coloursOf(named.map(({ name }) => name));
  return named
    .map(({ name, points }): ChartLine => ({ colour: colours.get(name) ?? 0, name, round, points }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Beyond the palette the same colours come again, with another dash. */
function coloursOf(names: readonly string[]): ReadonlyMap<string, number> {
  const colours = new Map([...COLOURS].filter(([name]) => names.includes(name)));
  const taken = new Set(colours.values());
  const all = Array.from({ length: ARM_COLOURS.length + names.length }, (_, colour) => colour);
  const free = all.filter((colour) => !taken.has(colour)).values();
  for (const name of names) {
    if (!colours.has(name)) colours.set(name, free.next().value ?? 0);
  }
  return colours;
}
