import type { BufferEvidence } from '../history/buffer-evidence.ts';
import { fieldsOf, plainRequest } from './plain-request.ts';
import { MAINTENANCE_PATH } from './wire.ts';

/** What the server says of its buffer. Throws an Error when it does not answer, or with something else. */
export async function readBuffer(baseUrl: string): Promise<BufferEvidence> {
  const reply = await plainRequest(baseUrl, { method: 'GET', path: MAINTENANCE_PATH });
  const { bufferedMessages: pending, bufferStats } = fieldsOf(reply);
  const { count: failedFiles, totalBytes: failedBytes } = inside(inside(bufferStats).failedFiles);
  if (typeof pending === 'number' && typeof failedFiles === 'number' && typeof failedBytes === 'number') {
    return { pending, failedFiles, failedBytes };
  }
  throw new Error(
    `GET ${MAINTENANCE_PATH} was answered with HTTP ${reply.httpStatus}, ${reply.body.slice(0, 200)}: no state of a buffer`,
  );
}

function inside(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
