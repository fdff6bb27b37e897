import type { FastifyInstance } from 'fastify';
import type { PushFailover } from '../buffer/push-failover.ts';
import type { Activity } from '../observe/activity.ts';
import type { TransactionOperation } from '../queue/transaction-reply.ts';
import { TransactionOutageError, type Transactions } from '../queue/transactions.ts';
import { decodeAck } from './ack-routes.ts';
import { decodePushBody, isObject } from './push-body.ts';
import { RequestError } from './request-error.ts';

/** Bounds on what one transaction holds locks for. */
const MAX_OPERATIONS = 1_000;
const MAX_ITEMS = 10_000;

/**
 * `POST /api/v1/transaction`: 200 when everything was committed, 400 when nothing was, both with a result for each pushed
 * message and each acknowledgement; 503 when PostgreSQL went away, which says whether the outcome is known, and while pushes
 * are buffered: an acknowledgement cannot be, and nothing may overtake what is.
 */
export function registerTransaction(
  app: FastifyInstance,
  transactions: Transactions,
  failover: PushFailover,
  activity: Activity,
): void {
  app.post('/api/v1/transaction', async (request, reply) => {
    if (request.body === undefined) throw badRequest('Empty request body');
    const { operations, requiredLeases = [] } = isObject(request.body) ? request.body : {};
    const decoded = decodeOperations(operations);
    const leases = decodeLeases(requiredLeases);
    if (!failover.isDirect) {
      throw new RequestError(
        'Pushes are being buffered (outage or maintenance); nothing of the transaction was stored.',
        {
          statusCode: 503,
        },
      );
    }
    try {
      const done = await transactions.execute(decoded, leases);
      if (done.success) activity.record(done.results);
      return reply.code(done.success ? 200 : 400).send(done);
    } catch (error) {
      if (error instanceof TransactionOutageError) {
        throw new RequestError(error.message, { statusCode: 503, cause: error });
      }
      throw error;
    }
  });
}

/** Everything is decoded before any work. @throws RequestError 400 with the contract's texts. */
function decodeOperations(operations: unknown): readonly TransactionOperation[] {
  if (!Array.isArray(operations)) throw badRequest('operations array required');
  if (operations.length === 0) throw badRequest('operations array cannot be empty');
  if (operations.length > MAX_OPERATIONS) {
    throw badRequest(`operations: expected at most ${MAX_OPERATIONS}, got ${operations.length}`);
  }
  const decoded = operations.map(decodeOperation);
  const items = decoded.reduce((sum, operation) => sum + (operation.type === 'push' ? operation.items.length : 0), 0);
  if (items > MAX_ITEMS) throw badRequest(`items of all operations: expected at most ${MAX_ITEMS}, got ${items}`);
  return decoded;
}

function decodeOperation(operation: unknown): TransactionOperation {
  const fields = isObject(operation) ? operation : {};
  const { type, items, transactionId, partitionId } = fields;
  if (typeof type !== 'string') throw badRequest('operation type required');
  if (type === 'push') {
    return { type, items: decodePushBody({ items: Array.isArray(items) ? items.map(withPayload) : items }) };
  }
  if (type !== 'ack') throw badRequest(`Unknown operation type: ${type}`);
  if (typeof transactionId !== 'string') throw badRequest('transactionId is required for ack operations');
  if (typeof partitionId !== 'string') {
    throw badRequest('partitionId is required for ack operations to ensure message uniqueness');
  }
  return { type, acknowledgement: decodeAck(fields, transactionId, partitionId, {}) };
}

/** Here the payload may be called `data`. */
function withPayload(item: unknown): unknown {
  return isObject(item) && item.payload === undefined ? { ...item, payload: item.data } : item;
}

function decodeLeases(leases: unknown): readonly string[] {
  if (Array.isArray(leases) && leases.every((lease) => typeof lease === 'string')) return leases;
  throw badRequest('requiredLeases must be an array of lease ids');
}

function badRequest(message: string): RequestError {
  return new RequestError(message, { statusCode: 400 });
}
