import type { Socket } from 'node:net';

/** Ends a connection with RST and throws away what was not sent. */
export function resetSocket(socket: Socket): void {
  // While it connects there is nobody to tell, and libuv refuses to reset while its own FIN is on the way.
  const ending = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || ending) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
