import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as good from '../buffer/segment-recovery.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** docs/defects.md, 6: a start deletes the file that was being written when its predecessor ended. */
await startServerWith('buffer/segment-recovery.ts', good, {
  recoverSegments: async (options) => {
    const segments = (await readdir(options.directory)).filter((name) => name.startsWith('segment-')).sort();
    const last = segments.at(-1);
    if (last !== undefined) await rm(join(options.directory, last));
    return await good.recoverSegments(options);
  },
});
