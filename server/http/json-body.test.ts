import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonBody } from './json-body.ts';

const roundTrip = (text: string): string => JSON.stringify(parseJsonBody(Buffer.from(text)));

describe('numbers that a double cannot hold keep their text', () => {
  test.each([
    '9007199254740993',
    '12345678901234567890',
    '-12345678901234567890.5',
    // Seconds since 1970 with nanoseconds: nineteen digits, none of the runs longer than ten.
    '1712345678.123456789',
    '0.12345678901234567891',
    '123456789.1234567891',
    '1e400',
    '-1E-400',
    '1.5e999',
    '-0',
    '-0.0',
  ])('%s', (number) => {
    expect(roundTrip(number)).toBe(number);
    expect(roundTrip(`{"deep":[{"n":${number}}],"s":"${number}"}`)).toBe(`{"deep":[{"n":${number}}],"s":"${number}"}`);
  });

  test('any decimal has the same value afterwards, digit by digit', () => {
    const digits = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 25 })
      .map((list) => list.join(''));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), digits, digits, fc.boolean(), (lead, whole, fraction, negative) => {
        const text = `${negative ? '-' : ''}${lead}${whole}.${fraction}`;
        expect(decimal(roundTrip(text))).toBe(decimal(text));
      }),
      { numRuns: 500 },
    );
  });
});

/** A plain or exponent decimal as digits and power of ten, so that 1.50 and 15e-1 are the same. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/i.exec(text) ?? [];
  const digits = `${whole}${fraction}`;
  const trimmed = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + (digits.length - trimmed.length);
  return `${sign}${trimmed.replace(/^0+/, '')}e${power}`;
}

test('ordinary numbers stay numbers, also beside one that does not', () => {
  expect(parseJsonBody(Buffer.from('{"leaseTime":30,"ratio":0.5}'))).toEqual({ leaseTime: 30, ratio: 0.5 });
  const body = parseJsonBody(Buffer.from('{"leaseTime":30,"id":12345678901234567890}')) as Record<string, unknown>;
  expect(body.leaseTime).toBe(30);
});

test('any JSON value comes back the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(roundTrip(JSON.stringify(value))).toBe(JSON.stringify(value));
    }),
  );
});

test('keys that mean something to JavaScript are ordinary keys', () => {
  const text = '{"__proto__":{"polluted":true},"constructor":1,"toJSON":2}';
  expect(roundTrip(text)).toBe(text);
  expect(roundTrip(`{"__proto__":12345678901234567890}`)).toBe('{"__proto__":12345678901234567890}');
  expect({}).not.toHaveProperty('polluted');
});

test.each(['', '{"items":[', '{bad', '{"a":01}', '1 2'])('refused with 400: %j', (text) => {
  expect(() => parseJsonBody(Buffer.from(text))).toThrow(expect.objectContaining({ statusCode: 400 }));
  expect(() => parseJsonBody(Buffer.from(text))).toThrow(text === '' ? 'Empty request body' : /^Invalid JSON: /);
});

test('bytes that are no UTF-8 are refused, not replaced', () => {
  expect(() => parseJsonBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not UTF-8');
});
