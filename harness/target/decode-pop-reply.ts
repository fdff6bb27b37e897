/** A delivered message as far as it is judged, with what its acknowledgement has to name; a missing field is undefined. */
export interface PoppedMessage {
  readonly transactionId: unknown;
  readonly partition: unknown;
  readonly data: unknown;
  readonly partitionId: unknown;
  readonly leaseId: unknown;
}

const EMPTY_BODIES: ReadonlySet<string> = new Set(['', 'null']);

/**
 * The messages of a pop reply; none for an empty body, `null` or an empty list. Fields beyond the ones we judge are
 * ignored, missing ones are undefined, and a message that is no object has none of them.
 * Throws an Error that quotes the body when it is no pop reply at all.
 */
export function decodePopReply(body: string): readonly PoppedMessage[] {
  if (EMPTY_BODIES.has(body.trim())) return [];
  const { messages } = parseObject(body);
  if (!Array.isArray(messages)) throw unreadable(body, undefined);
  return messages.map(decodeMessage);
}

/** Of a message that is no object: none of the fields. */
const NOTHING: PoppedMessage = Object.freeze({
  transactionId: undefined,
  partition: undefined,
  data: undefined,
  partitionId: undefined,
  leaseId: undefined,
});

/** As it was parsed, without a copy: consumers are measured, and should not be what limits the server. */
function decodeMessage(message: unknown): PoppedMessage {
  return typeof message === 'object' && message !== null ? (message as PoppedMessage) : NOTHING;
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw unreadable(body, error);
  }
  if (typeof value !== 'object' || value === null) throw unreadable(body, undefined);
  return value as Readonly<Record<string, unknown>>;
}

function unreadable(body: string, cause: unknown): Error {
  return new Error(`a pop was answered with ${JSON.stringify(body.slice(0, 200))} instead of {"messages":[…]}`, {
    cause,
  });
}
