import { median } from 'simple-statistics';
import type { SystemMetric } from '../measure/system-samples.ts';
import { formatCount, formatDuration, formatRate, formatRatio } from './figure-format.ts';
import type { ArmResult, Result } from './result.ts';

/** How the system was in the measured windows of an arm, as it is shown; all of it text, `–` for what was not seen. */
export interface SystemFigure {
  readonly arm: string;
  /** `83 / 97 %`: median and peak of how busy the busiest worker's event loop was. */
  readonly workerBusy: string;
  /** `4.1 / 38 ms`: median and peak of the longest delay in a sample, of the worker that had it. */
  readonly workerDelay: string;
  readonly generatorBusy: string;
  readonly generatorDelay: string;
  /** `0 / 12`: median and peak of the callers that waited for a connection. */
  readonly poolWaiting: string;
  /** `0.92 · 0.61 · 0.23`: medians of server, PostgreSQL and load generator. */
  readonly cores: string;
  /** `412 · 388`: peaks of server and PostgreSQL, MiB. */
  readonly memory: string;
  /** `running 41 %, IO: WalSync 33 %`: of the sessions at work, what they waited for. */
  readonly waits: string;
}

/** The columns of its table beside the arm. */
export const SYSTEM_COLUMNS: readonly { readonly key: Exclude<keyof SystemFigure, 'arm'>; readonly title: string }[] = [
  { key: 'workerBusy', title: 'worker busy' },
  { key: 'workerDelay', title: 'worker delay' },
  { key: 'generatorBusy', title: 'generator busy' },
  { key: 'generatorDelay', title: 'generator delay' },
  { key: 'poolWaiting', title: 'pool waiting' },
  { key: 'cores', title: 'CPU' },
  { key: 'memory', title: 'memory' },
  { key: 'waits', title: 'waits' },
];

const BYTES_PER_MIB = 2 ** 20;
/** Longer than what a garbage collection or a busy machine takes. */
const STALL_MS = 500;
const NOT_SEEN = '–';
const SHOWN_WAITS = 4;
const GENERATOR = 'load generator';

/** Values of one metric at one time, by whose they are. */
type Moment = ReadonlyMap<string, number>;

/** The figures of the arms that were watched. */
export function systemFigures({ arms }: Result): readonly SystemFigure[] {
  return arms.flatMap((arm) => {
    const hasSeen = (arm.system ?? []).some(({ sources }) => sources.length > 0);
    return hasSeen ? [figureOf(arm)] : [];
  });
}

/**
 * Arms in which the event loop of a worker or of the load generator stood still for long, in a sentence each. Faults make
 * servers stand still on purpose, so arms with faults are left out.
 */
export function stalls({ arms }: Result): readonly string[] {
  return arms
    .filter(({ faults = [] }) => faults.length === 0)
    .flatMap((arm) => {
      const moments = momentsOf(arm, 'eventLoopDelayMs').flatMap((moment) => [...moment]);
      const [longest] = moments
        .filter(([of, ms]) => ms >= STALL_MS && (isWorker(of) || isGenerator(of)))
        .toSorted(([, a], [, b]) => b - a);
      if (longest === undefined) return [];
      return [`${arm.name}: the event loop of ${longest[0]} stood still for ${formatDuration(longest[1])}`];
    });
}

/** What could not be watched, each sentence once. */
export function unwatched({ arms }: Result): readonly string[] {
  return [...new Set(arms.flatMap(({ system = [] }) => system.flatMap(({ absent }) => absent)))];
}

function figureOf(arm: ArmResult): SystemFigure {
  const busiest = (of: (name: string) => boolean) => series(arm, 'eventLoopUtilization', of, highest);
  const latest = (of: (name: string) => boolean) => series(arm, 'eventLoopDelayMs', of, highest);
  const share = (value: number) => String(Math.round(value * 100));
  return {
    arm: arm.name,
    workerBusy: medianAndPeak(busiest(isWorker), share, ' %'),
    workerDelay: medianAndPeak(latest(isWorker), formatRate, ' ms'),
    generatorBusy: medianAndPeak(busiest(isGenerator), share, ' %'),
    generatorDelay: medianAndPeak(latest(isGenerator), formatRate, ' ms'),
    poolWaiting: medianAndPeak(
      series(arm, 'poolWaiting', () => true, total),
      (callers) => formatCount(Math.round(callers)),
    ),
    cores: [isServer, isPostgres, isGenerator].map((of) => coresOf(arm, of)).join(' · '),
    memory: [isServer, isPostgres].map((of) => memoryOf(arm, of)).join(' · '),
    waits: waitsOf(arm),
  };
}

function coresOf(arm: ArmResult, of: (name: string) => boolean): string {
  const values = series(arm, 'cpuCores', of, total);
  return values.length === 0 ? NOT_SEEN : formatRatio(median([...values]));
}

function memoryOf(arm: ArmResult, of: (name: string) => boolean): string {
  const values = series(arm, 'rssBytes', of, total);
  return values.length === 0 ? NOT_SEEN : formatRate(Math.round(Math.max(...values) / BYTES_PER_MIB));
}

function waitsOf(arm: ArmResult): string {
  const sums = new Map<string, number>();
  for (const moment of momentsOf(arm, 'waits')) {
    for (const [wait, sessions] of moment) sums.set(wait, (sums.get(wait) ?? 0) + sessions);
  }
  const all = total(sums);
  if (all === 0) return NOT_SEEN;
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN_WAITS)
    .map(([wait, sum]) => `${wait} ${Math.round((100 * sum) / all)} %`)
    .join(', ');
}

/** One value for each time at which somebody of these told one. */
function series(
  arm: ArmResult,
  metric: SystemMetric,
  of: (name: string) => boolean,
  together: (moment: Moment) => number,
): readonly number[] {
  return momentsOf(arm, metric)
    .map((moment) => new Map([...moment].filter(([name]) => of(name))))
    .filter(({ size }) => size > 0)
    .map(together);
}

/** The measured window alone, in all rounds. */
function momentsOf({ system = [] }: ArmResult, metric: SystemMetric): readonly Moment[] {
  return system
    .flatMap(({ sources }) => sources)
    .flatMap(({ atMs, series: all }) => {
      const columns = all.filter((column) => column.metric === metric);
      return atMs.flatMap((ms, index) => {
        if (ms < 0) return [];
        const told = columns.flatMap(({ of, values }) => {
          const value = values[index] ?? null;
          return value === null ? [] : [[of, value] as const];
        });
        return told.length === 0 ? [] : [new Map(told)];
      });
    });
}

function medianAndPeak(values: readonly number[], format: (value: number) => string, unit = ''): string {
  if (values.length === 0) return NOT_SEEN;
  return `${format(median([...values]))} / ${format(Math.max(...values))}${unit}`;
}

function highest(moment: Moment): number {
  return Math.max(...moment.values());
}

function total(moment: Moment): number {
  return [...moment.values()].reduce((sum, value) => sum + value, 0);
}

function isWorker(name: string): boolean {
  return name.startsWith('worker ');
}

function isServer(name: string): boolean {
  return name === 'primary' || isWorker(name);
}

function isPostgres(name: string): boolean {
  return name === 'PostgreSQL';
}

function isGenerator(name: string): boolean {
  return name === GENERATOR;
}
