import type { FastifyReply } from 'fastify';

/** A signal that aborts when the client closes its connection before it has got the reply. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('The client closed its connection.'));
  });
  return gone.signal;
}
