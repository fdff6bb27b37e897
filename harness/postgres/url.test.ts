import { expect, it } from 'vitest';
import { parsePostgresUrl } from './url.ts';

it('reads every part of a URL, undoing the percent encoding', () => {
  expect(parsePostgresUrl('postgres://us%40er:p%2Fw%25@db.example:6000/my%20db')).toEqual({
    host: 'db.example',
    port: 6000,
    user: 'us@er',
    password: 'p/w%',
    database: 'my db',
  });
});

it('takes the usual port and database when they are left out, and an IPv6 host without its brackets', () => {
  expect(parsePostgresUrl('postgresql://me@[::1]')).toMatchObject({ host: '::1', port: 5432, database: 'postgres' });
});

it.each([
  ['no host', 'postgres:///s3cret'],
  ['a parameter it would have to ignore', 'postgres://me:s3cret@host/db?sslmode=require'],
  ['a broken percent sign', 'postgres://me:s3cret%zz@host/db'],
])('refuses %s without repeating the URL', (_, url) => {
  const refusal = (() => {
    try {
      return parsePostgresUrl(url);
    } catch (error) {
      return error;
    }
  })();
  expect(refusal).toMatchObject({ name: 'CommandError', exitCode: 64 });
  expect(String(refusal)).not.toContain('s3cret');
});
