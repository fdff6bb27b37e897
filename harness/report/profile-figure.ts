import { formatCount, formatMs } from './figure-format.ts';
import type { ProfileRecord } from './profile-record.ts';

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

/** `812 ms of work, of which no function's own are (program) 31.2 %, (garbage collector) 4.0 %; not counted: (idle) 9,188 ms.` */
export function profileSummary({ unit, total, outside }: Costs): string {
  const isWork = ({ name }: Costs['outside'][number]) => name === '(program)' || name === '(garbage collector)';
  const parts = outside.filter(isWork).map(({ name, self }) => `${name} ${share(self, total)}`);
  const others = outside.filter((one) => !isWork(one)).map(({ name, self }) => `${name} ${amount(unit, self)}`);
  const of = unit === 'us' ? `${formatMs(total)} ms of work` : `${formatCount(Math.round(total / 1024))} KiB allocated`;
  const besides = parts.length === 0 ? '' : `, of which no function's own are ${parts.join(', ')}`;
  const beside = others.length === 0 ? '' : `; not counted: ${others.join(', ')} ${unit === 'us' ? 'ms' : 'KiB'}`;
  return `${of}${besides}${beside}.`;
}

function amount(unit: Costs['unit'], value: number): string {
  return unit === 'us' ? formatMs(value) : formatCount(Math.round(value / 1024));
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}
