/** How a connection ended while a request was unanswered. */
export interface ConnectionFault {
  /** `socket ECONNRESET`, `socket closed`, `timeout`, `connect ECONNREFUSED`, `load ended`, `reply without end`, `no HTTP`. */
  readonly class: string;
  /** True when no connection could be opened: the request was certainly not sent. */
  readonly neverSent: boolean;
}

/** Longer than any statement time-out a server is likely to have, so that the server's own answer comes first. */
export const REPLY_TIMEOUT_MS = 30_000;

/** Ten times the longest honest reply, of 10,000 items: each connection keeps its reply in memory until it is whole. */
export const MAX_REPLY_BYTES = 16 * 2 ** 20;

/** Ends a connection on purpose; its message is the class of the fault. */
export class ConnectionCut extends Error {}

/** What undici's errors are in the words of {@link ConnectionFault}. */
export function faultOfUndici(error: Error): ConnectionFault {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof ConnectionCut) return { class: message, neverSent: false };
  if (neverConnected(error)) return { class: `connect ${code}`, neverSent: true };
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return { class: 'timeout', neverSent: false };
  if (code === 'UND_ERR_SOCKET') return { class: 'socket closed', neverSent: false };
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return { class: 'reply without end', neverSent: false };
  if (code.startsWith('HPE_')) return { class: 'no HTTP', neverSent: false };
  return { class: `socket ${code || message}`, neverSent: false };
}

/** Whether no connection could be opened, by an error of undici: the request was certainly not sent. */
export function neverConnected(error: unknown): boolean {
  const { syscall, code } = error as NodeJS.ErrnoException;
  // A name with several addresses fails with the errors of all of them.
  return syscall === 'connect' || code === 'UND_ERR_CONNECT_TIMEOUT' || error instanceof AggregateError;
}
