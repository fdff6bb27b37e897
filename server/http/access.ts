import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Headers of the contract (CORS), with the one origin allowed in the place of `*`. */
const CORS_HEADERS = Object.freeze({
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'Content-Type, Authorization',
  'access-control-max-age': '86400',
});

/** Open without a token: whoever balances load knows none. */
const OPEN_PATH = '/health';

/**
 * Lets pages of an origin (or `*`, of all) use the server. Without it browsers refuse their requests that would change
 * something: a queue on the loopback interface must not be driven by any page somebody looks at.
 */
export function allowOrigin(app: FastifyInstance, origin: string): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', origin).headers(CORS_HEADERS);
    if (origin !== '*') reply.header('vary', 'Origin');
  });
  app.options('/*', async (_request, reply) => reply.send());
}

/** Asks `Authorization: Bearer <token>` of every request but those to `/health` and preflights, which cannot carry it. */
export function requireToken(app: FastifyInstance, token: string): void {
  const expected = digest(token);
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === OPEN_PATH || (request.method === 'OPTIONS' && request.routeOptions.url === '/*'))
      return;
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    return reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'A bearer token is required' });
  });
}

/** Of one length whatever was sent, so that comparing tells nothing. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
