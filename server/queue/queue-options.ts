/**
 * Options of a queue with their defaults; names and values are the contract's.
 *
 * - `leaseTime`: seconds a consumer has for what it popped
 * - `retryLimit`: deliveries after the first, a message at a time; used up, the message goes to the group's dead letters,
 *   whatever `deadLetterQueue` and `dlqAfterMaxRetries` say: a message is never dropped silently
 * - `priority`: echoed to consumers
 * - `encryptionEnabled`: payloads are stored encrypted; refused by a server without the key
 * - `maxSize`: most messages the group of consumers that name none has not consumed; a push that would go over it fails.
 *   0 = no bound, which is the default in every case. The original server has two: 0 when a request has `options`, 10000
 *   when it has none. There `{}` and nothing differ, and a bound nobody asked for makes the 10,001st push fail
 * - `deadLetterQueue`, `dlqAfterMaxRetries`: kept, without effect, see `retryLimit`
 * - `retentionEnabled`, `retentionSeconds`, `completedRetentionSeconds`: when messages are deleted, by age, and by age once
 *   every group that reads the queue has completed them; 0 = never
 * - `maxWaitTimeSeconds`: messages that some group has not finished by then are deleted, for all groups; 0 = never
 * - `retryDelay`, `ttl`: kept, without effect, as in the original server; what failed is delivered again by the next pop
 */
const OPTION_DEFAULTS = Object.freeze({
  leaseTime: 300,
  ttl: 3600,
  retryLimit: 3,
  retryDelay: 1000,
  priority: 0,
  delayedProcessing: 0,
  windowBuffer: 0,
  retentionSeconds: 0,
  completedRetentionSeconds: 0,
  maxWaitTimeSeconds: 0,
  maxSize: 0,
  deadLetterQueue: false,
  dlqAfterMaxRetries: false,
  retentionEnabled: false,
  encryptionEnabled: false,
});

export type QueueOptions = {
  readonly [Name in keyof typeof OPTION_DEFAULTS]: (typeof OPTION_DEFAULTS)[Name] extends boolean ? boolean : number;
};

const MAX_INTEGER = 2 ** 31 - 1;

/** An option that cannot be accepted; the message says which, what was expected and what came. */
export class QueueOptionError extends Error {
  override readonly name = 'QueueOptionError';
}

/** Decodes and completes the options of a configure request; omitted ones get their default. @throws QueueOptionError */
export function decodeQueueOptions(given: Readonly<Record<string, unknown>>): QueueOptions {
  for (const [name, value] of Object.entries(given)) checkOption(name, value);
  return { ...OPTION_DEFAULTS, ...given };
}

function checkOption(name: string, value: unknown): void {
  if (!isOptionName(name)) {
    throw new QueueOptionError(`Unknown option '${name}'; known are ${Object.keys(OPTION_DEFAULTS).join(', ')}`);
  }
  const fallback = OPTION_DEFAULTS[name];
  if (typeof fallback === 'boolean' ? typeof value !== 'boolean' : !isCount(value)) {
    const expected = typeof fallback === 'boolean' ? 'true or false' : `a whole number from 0 to ${MAX_INTEGER}`;
    throw new QueueOptionError(`Option ${name}: expected ${expected}, got ${JSON.stringify(value)}`);
  }
  if (name === 'leaseTime' && value === 0) {
    throw new QueueOptionError('Option leaseTime: expected at least 1 second, got 0');
  }
}

function isOptionName(name: string): name is keyof QueueOptions {
  return Object.hasOwn(OPTION_DEFAULTS, name);
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_INTEGER;
}
