import type { FastifyInstance } from 'fastify';
import type { Activity } from '../observe/activity.ts';
import type { Acknowledgement, AckResult } from '../queue/acknowledge.ts';
import type { Consumption } from '../queue/consumption.ts';
import { QUEUE_MODE_GROUP } from '../queue/message.ts';
import { parseUuid } from '../queue/uuid-v7.ts';
import { isObject } from './push-body.ts';
import { RequestError } from './request-error.ts';

const DEFAULT_EXTENSION_S = 60;
const MAX_EXTENSION_S = 2 ** 31 - 1;

type Fields = Readonly<Record<string, unknown>>;

/** `POST /api/v1/ack`: settles one message; 500 with the reason when it cannot be, as the contract has it. */
export function registerAck(app: FastifyInstance, consumption: Consumption, activity: Activity): void {
  app.post('/api/v1/ack', async (request) => {
    const body = objectBody(request.body);
    const { transactionId, partitionId } = body;
    if (typeof transactionId !== 'string') throw badRequest('transactionId is required');
    if (typeof partitionId !== 'string') throw badRequest('partitionId is required to ensure message uniqueness');
    const [result] = await acknowledge(consumption, activity, [decodeAck(body, transactionId, partitionId, {})]);
    if (result === undefined || result.status === 'error') {
      throw new RequestError(`Failed to acknowledge message: ${result?.reason}`, { statusCode: 500 });
    }
    const consumerGroup = optionalText(body, 'consumerGroup') ?? null;
    return { transactionId, status: result.status, consumerGroup, acknowledgedAt: new Date().toISOString() };
  });
}

/**
 * `POST /api/v1/ack/batch`: one result an item, in input order, of any partitions; `consumerGroup` and `leaseId` of the
 * body hold for items that name none.
 */
export function registerAckBatch(app: FastifyInstance, consumption: Consumption, activity: Activity): void {
  app.post('/api/v1/ack/batch', async (request) => {
    const body = objectBody(request.body);
    const { acknowledgments } = body;
    if (!Array.isArray(acknowledgments)) throw badRequest('acknowledgments array is required');
    const decoded = acknowledgments.map((item: unknown) => {
      const fields = isObject(item) ? item : {};
      const { transactionId, partitionId } = fields;
      if (typeof transactionId !== 'string') {
        throw badRequest('Each acknowledgment must have a valid transactionId string');
      }
      if (typeof partitionId !== 'string') {
        throw badRequest('Each acknowledgment must have a valid partitionId string to ensure message uniqueness');
      }
      return decodeAck(fields, transactionId, partitionId, body);
    });
    const results = await acknowledge(consumption, activity, decoded);
    return { processed: results.length, results: decoded.map((ack, index) => toResult(ack, results[index])) };
  });
}

/** `POST /api/v1/lease/:leaseId/extend`: 404 when the lease is not live. */
export function registerLeaseExtension(app: FastifyInstance, consumption: Consumption): void {
  app.post<{ Params: { leaseId: string } }>('/api/v1/lease/:leaseId/extend', async (request) => {
    const { leaseId } = request.params;
    const { seconds = DEFAULT_EXTENSION_S } = objectBody(request.body);
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > MAX_EXTENSION_S) {
      throw badRequest(`seconds: expected a whole number from 1 to ${MAX_EXTENSION_S}`);
    }
    if (parseUuid(leaseId) === undefined || !(await consumption.extendLease(leaseId, seconds))) {
      throw new RequestError('Lease not found or expired', { statusCode: 404 });
    }
    return { leaseId, extended: true, seconds };
  });
}

async function acknowledge(
  consumption: Consumption,
  activity: Activity,
  acknowledgements: readonly Acknowledgement[],
): Promise<readonly AckResult[]> {
  const results = await consumption.acknowledge(acknowledgements);
  activity.record(results);
  return results;
}

/** Decodes one acknowledgement; `shared` holds for what the item does not name. @throws RequestError 400 */
export function decodeAck(item: Fields, transactionId: string, partitionId: string, shared: Fields): Acknowledgement {
  return {
    transactionId,
    partitionId,
    status: optionalText(item, 'status') ?? 'completed',
    error: optionalText(item, 'error'),
    consumerGroup: optionalText(item, 'consumerGroup') ?? optionalText(shared, 'consumerGroup') ?? QUEUE_MODE_GROUP,
    leaseId: optionalText(item, 'leaseId') ?? optionalText(shared, 'leaseId'),
  };
}

function toResult({ transactionId }: Acknowledgement, result: AckResult | undefined): object {
  return result?.status === 'error'
    ? { transactionId, status: result.status, error: result.reason }
    : { transactionId, status: result?.status };
}

/** Clients send null for what they do not have. */
function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw badRequest(`${name} must be a string`);
}

function objectBody(body: unknown): Fields {
  if (body === undefined) throw badRequest('Empty request body');
  return isObject(body) ? body : {};
}

function badRequest(message: string): RequestError {
  return new RequestError(message, { statusCode: 400 });
}
