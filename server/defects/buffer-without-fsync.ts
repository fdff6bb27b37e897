import * as good from '../buffer/durable-file.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** How long what was answered is nowhere but in memory. */
const LATE_MS = 1_000;

/** `buffered` is answered before the messages are on the disk; a SIGKILL takes the last of them. */
await startServerWith('buffer/durable-file.ts', good, {
  writeAll: async (handle, bytes, position) => {
    // A server that stops in the meantime closes the file.
    setTimeout(() => void good.writeAll(handle, bytes, position).catch(() => undefined), LATE_MS);
  },
});
