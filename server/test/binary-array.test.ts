import pg from 'pg';
import { expect, test } from 'vitest';
import { int4Array, int8Array, jsonArray, textArray, uuidArray } from '../sql/binary-array.ts';
import { useTestDatabase } from './test-database.ts';

const database = useTestDatabase('each');

const STRINGS = [
  '',
  'NULL',
  'null',
  ' leading and trailing ',
  'a,b',
  '{a,b}',
  `it's "quoted"`,
  'back\\slash \\" \\n',
  'line\nbreak\ttab',
  'é 中 😀 \u{10ffff}',
  '%s $1 :name',
  'x'.repeat(100_000),
];

async function echo(cast: string, parameter: Buffer): Promise<unknown> {
  const { rows } = await database.admin.query(
    `select coalesce(array_agg(e::text order by n), '{}') as value, count(*)::int as length
     from unnest($1::${cast}[]) with ordinality as t (e, n)`,
    [parameter],
  );
  return rows[0];
}

test.each([
  ['text', textArray(STRINGS), STRINGS],
  ['text', textArray([]), []],
  ['json', jsonArray(STRINGS.map((text) => JSON.stringify(text))), STRINGS.map((text) => JSON.stringify(text))],
  ['json', jsonArray(['{"b":1,"a":12345678901234567890}', '"\\u0000"', '"\\ud800"', 'null']), undefined],
  ['json', jsonArray([]), []],
  ['int4', int4Array([0, -1, 2 ** 31 - 1, -(2 ** 31)]), ['0', '-1', '2147483647', '-2147483648']],
  ['int4', int4Array([]), []],
  [
    'int8',
    int8Array([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]),
    ['0', '-1', '9223372036854775807', '-9223372036854775808'],
  ],
  ['int8', int8Array([]), []],
  ['uuid', uuidArray([]), []],
] as const)('%s[] comes back as it went', async (type, parameter, expected) => {
  const wanted = expected ?? ['{"b":1,"a":12345678901234567890}', '"\\u0000"', '"\\ud800"', 'null'];
  expect(await echo(type, parameter)).toEqual({ value: wanted, length: wanted.length });
});

test('uuid[] with and without NULL', async () => {
  const text = '01890000-0000-7000-8000-0000000000ff';
  const uuid = Buffer.from(text.replaceAll('-', ''), 'hex');
  expect(await echo('uuid', uuidArray([undefined, uuid, undefined]))).toEqual({ value: [null, text, null], length: 3 });
  expect(await echo('uuid', uuidArray([uuid]))).toEqual({ value: [text], length: 1 });
});

test('an ill-formed element is refused by PostgreSQL, never silently altered', async () => {
  await expect(echo('json', jsonArray(['{bad']))).rejects.toBeInstanceOf(pg.DatabaseError);
  await expect(echo('text', textArray(['a\0b']))).rejects.toMatchObject({ code: '22021' });
});
