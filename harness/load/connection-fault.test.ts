import { errors } from 'undici';
import { expect, test } from 'vitest';
import { ConnectionCut, faultOfUndici } from './connection-fault.ts';

const withCode = (code: string, syscall?: string) => Object.assign(new Error('words'), { code, syscall });

test.each<[string, Error, string, boolean]>([
  ['refused', withCode('ECONNREFUSED', 'connect'), 'connect ECONNREFUSED', true],
  [
    'refused by all addresses',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    'connect ECONNREFUSED',
    true,
  ],
  ['no answer to the connection', new errors.ConnectTimeoutError(), 'connect UND_ERR_CONNECT_TIMEOUT', true],
  ['reset', withCode('ECONNRESET', 'read'), 'socket ECONNRESET', false],
  ['closed', new errors.SocketError('other side closed'), 'socket closed', false],
  ['no head in time', new errors.HeadersTimeoutError(), 'timeout', false],
  ['no body in time', new errors.BodyTimeoutError(), 'timeout', false],
  ['nonsense', withCode('HPE_INVALID_CONSTANT'), 'no HTTP', false],
  ['too long', new errors.ResponseExceededMaxSizeError('long'), 'reply without end', false],
  ['cut', new ConnectionCut('load ended'), 'load ended', false],
  ['anything else', new Error('strange'), 'socket strange', false],
])('%s', (_, error, faultClass, neverSent) => {
  expect(faultOfUndici(error)).toEqual({ class: faultClass, neverSent });
});
