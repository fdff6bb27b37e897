import { expect, test } from 'vitest';
import { PoolTimeoutError } from '../pool/waiter-queue.ts';
import { ConnectionLostError, classifyFailure, errorCode } from './sqlstate.ts';

const withCode = (code: string): Error => Object.assign(new Error('refused'), { code });

test.each([
  // Only what means "PostgreSQL is away or takes no work" may ever fail over.
  ['outage', ['08000', '08003', '08006', '57P01', '57P02', '57P03', '53300']],
  [
    'outage',
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  ],
  ['conflict', ['40001', '40P01']],
  ['data', ['22001', '22021', '22P02', '22P05', '23502', '23505', '23514']],
  ['other', ['42P01', '55P03', '57014', '25P02', '53100', '28P01', '3D000', 'ERR_SOMETHING']],
] as const)('%s: %j', (kind, codes) => {
  expect(codes.map((code) => [code, classifyFailure(withCode(code))])).toEqual(codes.map((code) => [code, kind]));
});

test('errors without a code', () => {
  expect(classifyFailure(new ConnectionLostError('gone'))).toBe('outage');
  expect(classifyFailure(new Error('bug'))).toBe('other');
  // What PostgreSQL being away looks like to a caller of the pool.
  expect(classifyFailure(new PoolTimeoutError('busy'))).toBe('outage');
  expect(classifyFailure(undefined)).toBe('other');
  expect(classifyFailure('08006')).toBe('other');
  expect(errorCode({ code: 8006 })).toBeUndefined();
});
