import { openSync } from 'node:fs';
import * as good from '../http/client-gone.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** Every pop leaves something behind that nobody gives back; here a descriptor and 20 kB. */
const kept: unknown[] = [];

await startServerWith('http/client-gone.ts', good, {
  clientGone: (reply) => {
    kept.push(openSync(import.meta.filename, 'r'), Buffer.alloc(20_000, 1));
    return good.clientGone(reply);
  },
});
