import type { Missing, ServerLifecycle } from '../history/evidence.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';
import { deleteQueue } from './delete-queue.ts';
import { locateQueue } from './message-store.ts';
import type { ServerUnderTest } from './server-under-test.ts';
import type { RowSource } from './stored-rows.ts';
import { queueResourcePath } from './wire.ts';

/** The server that one run drives, whoever started it. Disposing it stops it, and gives back what the run took. */
export interface TargetUnderTest extends AsyncDisposable {
  /** Where it listens; for whatever is not to be hit by faults between the server and its clients. */
  readonly baseUrl: string;
  /** Where producers and consumers find it: the same, unless a proxy stands between. */
  readonly clientsUrl: string;
  /** The run's own queue: nothing else that the server holds is touched. */
  readonly queue: string;
  /** Its processes; undefined when they are not ours: then they can be neither watched nor disturbed. */
  readonly server: ServerUnderTest | undefined;
  readonly lifecycle: ServerLifecycle | Missing;
  /** File with its log. */
  readonly log: { readonly file: string } | Missing;
  /** Where its database keeps the run's messages. Throws when that cannot be told. */
  locateRows(database: ConnectionTarget): Promise<RowSource>;
  /** Ends what is ours to end, before the rows are read: processes we started. Further calls do nothing. */
  stop(): Promise<void>;
  /** Leaves the run's queue where it is, for a look, when this is disposed. */
  keep(): void;
}

/** The schema of the reference server's tables. */
export const SERVER_SCHEMA = 'queen';

const OWN_QUEUE = 'queueproof';

/** A server we started, on a database made for the run: all it holds is the run's. */
export function ownTarget({ server, logFile, clientsUrl }: OwnOrder): TargetUnderTest {
  const stop = () => server.stop().then(() => undefined);
  return {
    baseUrl: server.baseUrl,
    clientsUrl,
    queue: OWN_QUEUE,
    server,
    get lifecycle() {
      return server.lifecycle;
    },
    log: { file: logFile },
    locateRows: async () => ({ schema: SERVER_SCHEMA }),
    stop,
    // The run's database is what is kept.
    keep: () => undefined,
    [Symbol.asyncDispose]: stop,
  };
}

interface OwnOrder {
  readonly server: ServerUnderTest;
  readonly logFile: string;
  readonly clientsUrl: string;
}

interface ForeignOrder {
  readonly baseUrl: string;
  readonly clientsUrl: string;
  /** Name that no other run has. */
  readonly queue: string;
  /** Told in a sentence what becomes of the queue, unless it is simply deleted. */
  readonly onNote: (note: string) => void;
}

/** A server somebody else started, perhaps with data of others: the run has a queue of its own there, deleted at the end. */
export function foreignTarget({ baseUrl, clientsUrl, queue, onNote }: ForeignOrder): TargetUnderTest {
  const byHand = `curl -X DELETE ${baseUrl}${queueResourcePath(queue)}`;
  let kept = false;
  return {
    baseUrl,
    clientsUrl,
    queue,
    server: undefined,
    lifecycle: { missing: 'the server was not started here, so nobody watched its processes' },
    log: { missing: 'the server was not started here and keeps its own log' },
    locateRows: (database) => locateQueue(database, queue),
    stop: async () => undefined,
    keep: () => {
      kept = true;
    },
    [Symbol.asyncDispose]: async () => {
      if (kept) {
        onNote(`the queue "${queue}" was left on the target for a look; to delete it: ${byHand}`);
        return;
      }
      const problem = await deleteQueue(baseUrl, queue);
      if (problem === undefined) return;
      onNote(`the queue "${queue}" could not be deleted from the target (${problem}); to delete it: ${byHand}`);
    },
  };
}
