import { request } from 'undici';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { ArmQueue } from '../scenario/queue-group.ts';
import { CONFIGURE_PATH } from './wire.ts';

/** Longest wait for the server's answer. */
const LIMIT_MS = 10_000;

/**
 * Makes the run's queue as the arm wants it, without a limit to its size. Throws a CommandError when the server does not confirm it: some servers answer 200 to
 * everything, so the body is what counts.
 */
export async function configureQueue(baseUrl: string, queue: string, order: ArmQueue): Promise<void> {
  const { leaseMs, retryLimit, encrypted } = order;
  const options = {
    leaseTime: Math.ceil(leaseMs / 1_000),
    retryLimit,
    encryptionEnabled: encrypted,
    // What failed must not hide from a drain.
    retryDelay: 0,
  };
  const { statusCode, body } = await request(new URL(CONFIGURE_PATH, baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ queue, options }),
    headersTimeout: LIMIT_MS,
    bodyTimeout: LIMIT_MS,
  });
  const text = await body.text();
  if (statusCode === 200 && isConfirmation(text)) return;
  throw new CommandError(
    EXIT_CODE.unavailable,
    `The server did not make the queue "${queue}": HTTP ${statusCode}, ${text.slice(0, 200)}`,
    { hint: "Look at the server's log in the report folder." },
  );
}

function isConfirmation(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'configured' in answer && answer.configured === true;
  } catch {
    // No JSON is no confirmation; the caller quotes the text.
    return false;
  }
}
