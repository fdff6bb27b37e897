import type { Cleartext } from '../history/cleartext.ts';
import { isMissing, type Missing } from '../history/evidence.ts';
import { payloadFormat } from '../load/payload.ts';
import { BufferFolderSearch } from '../target/buffer-folder-search.ts';
import { MarkerScan } from '../target/marker-scan.ts';
import { searchRows } from '../target/search-rows.ts';
import type { TargetUnderTest } from '../target/target-under-test.ts';
import { attempt } from './attempt.ts';
import type { RunOrder } from './run-order.ts';
import { logEnd } from './scan-log.ts';

/** Searches everything that is kept of the payloads of an encrypted queue. Disposing it ends the search. */
export interface CleartextWatch extends AsyncDisposable {
  /** To be called when the server has ended. Throws only the signal's reason. */
  collect(): Promise<Cleartext | Missing>;
}

/** Fewer characters may stand anywhere by chance. */
const LEAST_MARKER = 12;

/** Begins before the load; nothing is searched when the queue is not encrypted. */
export async function watchCleartext(order: RunOrder, target: TargetUnderTest): Promise<CleartextWatch> {
  const { arm } = order.planned;
  if (!arm.queue.encrypted) return nothing('the queue is not encrypted');
  const { marker } = payloadFormat(order.runId, arm.load.payloadBytes);
  if (marker.length < LEAST_MARKER) return nothing(`payloads of ${arm.load.payloadBytes} bytes cannot be recognised`);
  const { watched, context } = order;
  const postgresLog = isMissing(watched) ? watched : watched.postgres.log;
  const logStart = 'file' in postgresLog ? await logEnd(postgresLog.file) : 0;
  const folder = target.server?.bufferFolder;
  const buffer = folder === undefined ? undefined : new BufferFolderSearch(folder, marker);
  const searchLog = (log: { readonly file: string } | Missing, fromOffset: number) =>
    attempt(async () => {
      if ('missing' in log) return log;
      const scan = new MarkerScan(marker);
      await scan.file(log.file, fromOffset);
      return scan.result;
    }, context.signal);
  return {
    collect: async () => ({
      rows: isMissing(watched)
        ? watched
        : await attempt(async () => {
            const database = watched.database.target;
            return await searchRows(database, await target.locateRows(database), marker);
          }, context.signal),
      'buffer files':
        buffer === undefined
          ? { missing: 'the server was not started here and keeps its buffer to itself' }
          : await attempt(() => buffer.stop(), context.signal),
      'server log': await searchLog(target.log, 0),
      'PostgreSQL log': await searchLog(postgresLog, logStart),
    }),
    [Symbol.asyncDispose]: async () => buffer?.[Symbol.asyncDispose](),
  };
}

function nothing(missing: string): CleartextWatch {
  return { collect: async () => ({ missing }), [Symbol.asyncDispose]: async () => undefined };
}
