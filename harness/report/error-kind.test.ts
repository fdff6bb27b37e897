import { expect, test } from 'vitest';
import { kindOfError } from './error-kind.ts';

test.each([
  ['producer', 'http 503', 'HTTP status'],
  ['producer', 'item failed', 'item status'],
  ['producer', 'item status "sorry"', 'item status'],
  ['producer', 'bad item accepted', 'item status'],
  ['producer', 'socket ECONNRESET', 'socket'],
  ['producer', 'socket closed', 'socket'],
  ['producer', 'no connection: connect ECONNREFUSED', 'socket'],
  ['producer', 'timeout', 'timeout'],
  ['producer', 'socket UND_ERR_HEADERS_TIMEOUT', 'timeout'],
  ['producer', 'unreadable reply', 'contract'],
  ['producer', 'error under HTTP 200', 'contract'],
  ['producer', 'never sent', 'load'],
  ['producer', 'load given up: backlog', 'load'],
  ['consumer', 'pop http 500', 'HTTP status'],
  ['consumer', 'ack socket UND_ERR_SOCKET', 'socket'],
  ['consumer', 'ack refused', 'item status'],
  ['consumer', 'answer outside the contract', 'contract'],
  ['server log', '57P01 terminating connection', 'SQLSTATE'],
  ['server log', 'ECONNREFUSED connect ECONNREFUSED #', 'socket'],
  ['server log', 'EPIPE write EPIPE', 'socket'],
  ['server log', 'ETIMEDOUT read', 'timeout'],
  ['server log', 'worker died', 'log line'],
  ['server log', 'ENOSPC no space left on device', 'log line'],
  ['PostgreSQL log', '40P01 deadlock detected', 'SQLSTATE'],
] as const)('%s: %s is of kind %s', (source, name, kind) => {
  expect(kindOfError(source, name)).toBe(kind);
});
