import { expect, test } from 'vitest';
import { parsePostgresLine, troubleOfPostgres } from './postgres-log-line.ts';

const PREFIX = '2026-01-31 10:11:12.345 UTC [4242]';

function judge(line: string) {
  const entry = parsePostgresLine(line);
  return entry && troubleOfPostgres(entry);
}

test('an error is found whatever the application is called', () => {
  for (const application of ['', 'queueproof/async/1', 'DBeaver 23 - Main']) {
    expect(judge(`${PREFIX} 23505 ${application} ERROR:  duplicate key: 1`)).toEqual({
      severity: 'error',
      code: '23505',
      message: 'duplicate key: 1',
      atMs: Date.UTC(2026, 0, 31, 10, 11, 12, 345),
    });
  }
});

test.each([
  ['25P01 psql WARNING:  there is no transaction in progress', 'warning'],
  ['53300  FATAL:  sorry, too many clients already', 'fatal'],
  ['XX000  PANIC:  could not write', 'fatal'],
  ['00000  LOG:  server process (PID 77) was terminated by signal 11: Segmentation fault', 'fatal'],
  ['08006 queueproof/async/1 LOG:  unexpected EOF on client connection with an open transaction', 'warning'],
  ['23505 psql FEHLER:  doppelter Schlüsselwert', 'error'],
])('%s is a trouble: %s', (rest, severity) => {
  expect(judge(`${PREFIX} ${rest}`)).toMatchObject({ severity });
});

test.each([
  '00000  LOG:  checkpoint starting: ERROR:  is not meant',
  '00000 psql LOG:  duration: 12 ms',
  '23505 psql DETAIL:  Key (id)=(1) already exists.',
  '23505 psql STATEMENT:  insert into t values (1)',
  '42P07 psql NOTICE:  relation "t" already exists, skipping',
])('%s is none', (rest) => {
  expect(parsePostgresLine(`${PREFIX} ${rest}`)).toBeDefined();
  expect(judge(`${PREFIX} ${rest}`)).toBeUndefined();
});

test('a line without the prefix is not taken for one', () => {
  expect(parsePostgresLine('\tERROR:  in a continued statement')).toBeUndefined();
  expect(parsePostgresLine('2026-01-31 10:11:12.345 UTC [4242] ERROR:  another prefix')).toBeUndefined();
});
