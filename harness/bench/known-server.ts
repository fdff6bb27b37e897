import { startChild } from '../load/child-task.ts';
import type { ServerModel } from './server-model.ts';

/** What the server says when it is up. */
export interface KnownServerPort {
  readonly port: number;
}

/**
 * What the server itself says of its answers: by message number when each was written, microseconds on the monotonic clock; 0
 * for a number that was never asked.
 */
export interface KnownAnswers {
  readonly answeredUs: Float64Array;
  readonly requests: number;
}

export interface KnownServer {
  readonly baseUrl: string;
  /** Ends the server. */
  stop(): Promise<KnownAnswers>;
}

/** Starts such a server in a process of its own; it ends with `signal`, too. Rejects when it does not come up. */
export async function startKnownServer(model: ServerModel, signal: AbortSignal): Promise<KnownServer> {
  const up = Promise.withResolvers<KnownServerPort>();
  const task = startChild<KnownServerPort, KnownAnswers>(
    new URL('known-server-process.ts', import.meta.url),
    model,
    up.resolve,
    signal,
  );
  // Whoever stops it hears of a crash.
  task.result.catch(() => undefined);
  const port = await Promise.race([up.promise, task.result.then(() => up.promise)]);
  return {
    baseUrl: `http://127.0.0.1:${port.port}`,
    stop: async () => {
      task.tell('stop');
      return await task.result;
    },
  };
}
