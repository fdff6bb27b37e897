import { formatCount, formatMs } from './figure-format.ts';
import type { ProfileRecord } from './result.ts';

type Costs = NonNullable<ProfileRecord['costs']>;

/** A function of a profile as a row of a table: text from outside is not yet escaped. */
export interface ProfileRow {
  readonly self: string;
  readonly selfShare: string;
  readonly totalShare: string;
  readonly name: string;
  readonly place: string;
}

/** What the numbers of a profile's rows are: a title for the column. */
export function titleOfSelf({ unit }: Costs): string {
  return unit === 'us' ? 'self ms' : 'self KiB';
}

export function profileRows(costs: Costs): readonly ProfileRow[] {
  return costs.functions.map(({ name, place, self, total }) => ({
    self: amount(costs.unit, self),
    selfShare: share(self, costs.total),
    totalShare: share(total, costs.total),
    name,
    place,
  }));
}

/** `Of 812 ms: (program) 31.2 %, (garbage collector) 4.0 %; idle 9,188 ms.` */
export function profileSummary({ unit, total, outside }: Costs): string {
  const idle = outside.find(({ name }) => name === '(idle)');
  const parts = outside.filter((one) => one !== idle).map(({ name, self }) => `${name} ${share(self, total)}`);
  const of = unit === 'us' ? `${formatMs(total)} ms of work` : `${formatCount(Math.round(total / 1024))} KiB allocated`;
  const besides = parts.length === 0 ? '' : `, of which no function's own are ${parts.join(', ')}`;
  return `${of}${besides}${idle === undefined ? '' : `; idle for ${formatMs(idle.self)} ms`}.`;
}

function amount(unit: Costs['unit'], value: number): string {
  return unit === 'us' ? formatMs(value) : formatCount(Math.round(value / 1024));
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}
