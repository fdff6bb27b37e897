import { fieldsOf, plainRequest } from './plain-request.ts';
import { queueResourcePath } from './wire.ts';

/**
 * Deletes a queue with all its messages by the contract. Never throws: the answer is undefined when the server confirms
 * it, otherwise what happened instead.
 */
export async function deleteQueue(baseUrl: string, queue: string): Promise<string | undefined> {
  try {
    const reply = await plainRequest(baseUrl, { method: 'DELETE', path: queueResourcePath(queue) });
    const { deleted, existed } = fieldsOf(reply);
    if (deleted === true && existed !== false) return undefined;
    return `the server answered HTTP ${reply.httpStatus}, ${JSON.stringify(reply.body.slice(0, 200))}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
