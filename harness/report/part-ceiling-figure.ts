import { formatCount, formatRate } from './figure-format.ts';
import type { PartCeilingRecord } from './part-ceiling.ts';

/** What a part of the system reaches by itself, in words and figures. */
export interface PartCeilingFigure {
  readonly what: string;
  readonly perS: string;
  readonly unit: string;
}

export function partCeilingFigure(record: PartCeilingRecord): PartCeilingFigure {
  const { part, connections, perS, batch = 1, payloadBytes = 0 } = record;
  const over = `over ${formatCount(connections)} ${connections === 1 ? 'connection' : 'connections'}`;
  const what = {
    'single-inserts': `single INSERTs of ${formatCount(payloadBytes)} B ${over}`,
    commits: `commits alone ${over}`,
    'http-echo': `HTTP echo of ${formatCount(batch)} × ${formatCount(payloadBytes)} B ${over}`,
  }[part];
  return { what, perS: formatRate(perS), unit: part === 'http-echo' ? 'requests/s' : 'transactions/s' };
}
