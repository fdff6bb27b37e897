import { formatCount } from '../report/figure-format.ts';

/** How a swept parameter is spoken of. */
interface Vocabulary {
  readonly one: string;
  readonly many: string;
  /** What more of it does, once there is enough. */
  readonly more: string;
}

const GAINS_NOTHING = 'more gain nothing';

const VOCABULARIES: Readonly<Record<string, Vocabulary>> = {
  'server.poolSize': { one: 'connection', many: 'connections', more: 'more only queue' },
  'server.workers': { one: 'worker', many: 'workers', more: GAINS_NOTHING },
  'server.databaseLatency': { one: 'ms of database latency', many: 'ms of database latency', more: '' },
  'load.batch': { one: 'message a request', many: 'messages a request', more: GAINS_NOTHING },
  'load.partitions': { one: 'partition', many: 'partitions', more: GAINS_NOTHING },
  'load.payloadBytes': { one: 'byte of payload', many: 'bytes of payload', more: '' },
  'load.closed.connections': { one: 'HTTP connection', many: 'HTTP connections', more: 'more only wait' },
};

/** `12 connections`; `some.key 12` for a parameter that has no words of its own. */
export function amountOf(key: string, x: number): string {
  const words = VOCABULARIES[key];
  if (words === undefined) return `${key} ${formatX(x)}`;
  return `${formatX(x)} ${x === 1 ? words.one : words.many}`;
}

/** Title of its axis. */
export function unitOf(key: string): string {
  return VOCABULARIES[key]?.many ?? key;
}

/** What more of it does, once there is enough; empty when nothing can be said. */
export function effectOfMore(key: string): string {
  return VOCABULARIES[key]?.more ?? '';
}

/** Thousands separated, and no more than three decimals. */
export function formatX(x: number): string {
  return Number.isInteger(x) ? formatCount(x) : x.toLocaleString('en-GB', { maximumFractionDigits: 3 });
}
