import { Violation } from './finding-error.ts';
import type { HttpClient, Reply } from './http-client.ts';

/** A reply and the status that the contract declares for it. */
interface Answer {
  readonly what: string;
  readonly declared: number;
  readonly reply: Reply;
}

/**
 * Asks a few questions with well-known declared statuses. `always200`: every one was answered with 200, so that the
 * status tells nothing and bodies must be judged. Unanswered questions tell nothing either.
 */
export async function declaredStatuses(
  client: HttpClient,
  prefix: string,
): Promise<{ readonly wrong: readonly Answer[]; readonly unanswered: number; readonly always200: boolean }> {
  const absent = `${prefix}-absent`;
  const questions = [
    { what: 'a push of nothing', declared: 201, method: 'POST', path: '/api/v1/push', body: { items: [] } },
    { what: 'a push without items', declared: 400, method: 'POST', path: '/api/v1/push', body: {} },
    { what: 'an ack without ids', declared: 400, method: 'POST', path: '/api/v1/ack', body: {} },
    { what: 'a pop of nothing', declared: 204, method: 'GET', path: `/api/v1/pop/queue/${absent}` },
  ];
  const asked = questions.map(async ({ what, declared, ...order }) => {
    try {
      return { what, declared, reply: await client.send(order) };
    } catch (error) {
      // A server that does not answer this is found out by the behaviour about it.
      if (error instanceof Violation) return undefined;
      throw error;
    }
  });
  const answered = (await Promise.all(asked)).filter((answer) => answer !== undefined);
  return {
    wrong: answered.filter(({ declared, reply }) => reply.status !== declared),
    unanswered: questions.length - answered.length,
    always200: answered.length > 0 && answered.every(({ reply }) => reply.status === 200),
  };
}
