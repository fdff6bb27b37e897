import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import type { ArmQueue } from '../scenario/queue-group.ts';
import { fieldsOf, type PlainReply, plainRequest } from './plain-request.ts';
import { CONFIGURE_PATH } from './wire.ts';

/**
 * Makes the run's queue as the arm wants it, without a limit to its size. Throws a CommandError (unavailable) when the server
 * does not confirm it: some servers answer 200 to everything, so the body is what counts.
 */
export async function configureQueue(baseUrl: string, queue: string, order: ArmQueue): Promise<void> {
  const reply = await ask(baseUrl, queue, order);
  const isSuccess = reply.httpStatus >= 200 && reply.httpStatus < 300;
  if (isSuccess && fieldsOf(reply).configured === true) return;
  throw refusal(queue, `HTTP ${reply.httpStatus}, ${reply.body.slice(0, 200)}`);
}

async function ask(baseUrl: string, queue: string, { leaseMs, retryLimit, encrypted }: ArmQueue): Promise<PlainReply> {
  const options = {
    leaseTime: Math.ceil(leaseMs / 1_000),
    retryLimit,
    encryptionEnabled: encrypted,
    // What failed must not hide from a drain.
    retryDelay: 0,
  };
  try {
    return await plainRequest(baseUrl, { method: 'POST', path: CONFIGURE_PATH, body: { queue, options } });
  } catch (error) {
    throw refusal(queue, error instanceof Error ? error.message : String(error), error);
  }
}

function refusal(queue: string, why: string, cause?: unknown): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `The server did not make the queue "${queue}": ${why}`, {
    hint: "Look at the server's log; that of a server we start is in the report folder.",
    cause,
  });
}
