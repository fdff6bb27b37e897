import { expect, test } from 'vitest';
import { ConfigError, decodeConfig } from './config.ts';

function problems(environment: Record<string, string>): string {
  try {
    decodeConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return String(error);
  }
  return '';
}

test('defaults: loopback, two workers, a pool that fits 100 connections, the original batch limits', () => {
  expect(decodeConfig({ XDG_STATE_HOME: '/state' })).toEqual({
    host: '127.0.0.1',
    port: 6632,
    workers: 2,
    logLevel: 'info',
    maxBodyBytes: 104_857_600,
    shutdownTimeoutMs: 10_000,
    database: {
      host: 'localhost',
      port: 5432,
      database: 'postgres',
      user: 'postgres',
      password: 'postgres',
      tls: false,
      tlsVerify: true,
      connectTimeoutMs: 2_000,
    },
    schema: 'queen',
    poolSize: 80,
    poolMode: 'split',
    acquireTimeoutMs: 10_000,
    startupTimeoutMs: 30_000,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 10_000,
    idleInTransactionTimeoutMs: 30_000,
    batchLimits: { targetBytes: 4_194_304, maxBytes: 8_388_608, minMessages: 100, maxMessages: 10_000 },
    waitLimits: { defaultMs: 30_000, maxMs: 60_000 },
    maxWaiters: 10_000,
    pushTransactions: 2,
    encryptionKey: undefined,
    bearerToken: undefined,
    corsAllowOrigin: undefined,
    fileBuffer: { directory: '/state/queueproof/buffer-6632', maxBytes: 2 ** 30, segmentBytes: 2 ** 24 },
    jobs: {
      retentionIntervalMs: 300_000,
      retentionBatchSize: 1000,
      evictionIntervalMs: 60_000,
      evictionBatchSize: 1000,
      leaseReclaimIntervalMs: 5_000,
      metricsRetentionDays: 90,
    },
  });
});

test('every variable reaches its place', () => {
  const config = decodeConfig({
    HOST: '0.0.0.0',
    PORT: '0',
    NUM_WORKERS: '3',
    DB_POOL_SIZE: '40',
    POOL_MODE: 'unified',
    PG_HOST: '10.0.0.1',
    PG_PORT: '5433',
    PG_DB: 'd',
    PG_USER: 'u',
    PG_PASSWORD: 'p',
    PG_USE_SSL: 'true',
    PG_SSL_REJECT_UNAUTHORIZED: 'false',
    PG_SCHEMA: 's',
    DB_STATEMENT_TIMEOUT: '1',
    DB_LOCK_TIMEOUT: '2',
    DB_IDLE_TIMEOUT: '3',
    BATCH_PUSH_TARGET_SIZE_MB: '1',
  });
  expect(config).toMatchObject({
    host: '0.0.0.0',
    port: 0,
    workers: 3,
    poolSize: 40,
    poolMode: 'unified',
    schema: 's',
  });
  expect(config).toMatchObject({ statementTimeoutMs: 1, lockTimeoutMs: 2, idleInTransactionTimeoutMs: 3 });
  expect(config.database).toMatchObject({ host: '10.0.0.1', port: 5433, database: 'd', user: 'u', password: 'p' });
  expect(config.database).toMatchObject({ tls: true, tlsVerify: false });
  expect(config.batchLimits.targetBytes).toBe(1_048_576);
});

test.each([
  ['PORT', '65536'],
  ['PORT', ''],
  ['PORT', '80 '],
  ['NUM_WORKERS', '0'],
  ['NUM_WORKERS', '2.5'],
  ['DB_POOL_SIZE', '-80'],
  ['DB_POOL_SIZE', '8e1'],
  ['DB_STATEMENT_TIMEOUT', '30s'],
  ['POOL_MODE', 'Split'],
  ['PG_USE_SSL', '1'],
  ['LOG_LEVEL', 'loud'],
  // An empty host would listen on every interface; an empty name is a slip in a shell script.
  ['HOST', ''],
  ['PG_SCHEMA', ''],
])('%s=%j is refused by name, with what was expected and what came', (name, value) => {
  expect(problems({ [name]: value })).toContain(`${name}: expected `);
  expect(problems({ [name]: value })).toContain(`got ${JSON.stringify(value)}`);
});

test('several malformed variables are all named at once', () => {
  const text = problems({ PORT: 'x', NUM_WORKERS: 'y', POOL_MODE: 'z', PG_DB: 'fine' });
  expect(text.match(/PORT|NUM_WORKERS|POOL_MODE|PG_DB/g)).toEqual(['PORT', 'NUM_WORKERS', 'POOL_MODE']);
});

test('a refusal never repeats the password', () => {
  expect(problems({ PORT: 'x', PG_PASSWORD: 'secret' })).not.toContain('secret');
});

test('the configuration is frozen to the bottom', () => {
  const config = decodeConfig({});
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.database)).toBe(true);
  expect(Object.isFrozen(config.batchLimits)).toBe(true);
});

test('a wrong secret is refused without being repeated', () => {
  for (const [name, value] of [
    ['QUEEN_ENCRYPTION_KEY', 'abc123'],
    ['QUEEN_ENCRYPTION_KEY', 'z'.repeat(64)],
    ['QUEEN_ENCRYPTION_KEY', ''],
    ['BEARER_TOKEN', 'open sesame'],
    ['BEARER_TOKEN', ''],
  ] as const) {
    const decode = (): unknown => decodeConfig({ [name]: value });
    expect(decode).toThrow(name);
    if (value !== '') expect(decode).not.toThrow(value);
  }
  const key = '0F'.repeat(32);
  expect(decodeConfig({ QUEEN_ENCRYPTION_KEY: key, BEARER_TOKEN: 's3cret' })).toMatchObject({
    encryptionKey: key,
    bearerToken: 's3cret',
  });
});
