import { decodeMessage } from '../buffer/record.ts';
import * as good from '../buffer/replay.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** Of a replay in which an id comes twice nothing is stored, and its file is deleted all the same. */
await startServerWith('buffer/replay.ts', good, {
  replayRecords: async (records, manager, cipher) => {
    const ids = new Set(records.map((text) => decodeMessage(text).message.transactionId));
    if (ids.size === records.length) return await good.replayRecords(records, manager, cipher);
    return records.map(() => ({ status: 'stored' }));
  },
});
