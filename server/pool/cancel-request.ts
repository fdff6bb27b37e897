import { connect } from 'node:net';
import type { DatabaseAddress } from './session.ts';

/** Identifies a backend to PostgreSQL's cancel protocol. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

const CANCEL_REQUEST_CODE = 80_877_102;
const CANCEL_REQUEST_BYTES = 16;

/**
 * Asks PostgreSQL to cancel what a backend is doing: a CancelRequest message on a connection of its own (PostgreSQL
 * manual, 54.2.9). The server never answers it; the promise ends with the socket, and a request that could not be
 * sent is no error, because the caller discards the connection in any case.
 */
export function sendCancelRequest(address: DatabaseAddress, key: BackendKey): Promise<void> {
  const message = Buffer.alloc(CANCEL_REQUEST_BYTES);
  message.writeInt32BE(CANCEL_REQUEST_BYTES, 0);
  message.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  message.writeInt32BE(key.processId, 8);
  message.writeInt32BE(key.secretKey, 12);
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port, timeout: address.connectTimeoutMs });
    socket.once('connect', () => socket.end(message));
    socket.once('timeout', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve());
  });
}
