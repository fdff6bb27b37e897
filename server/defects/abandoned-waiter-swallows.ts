import * as good from '../http/client-gone.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * docs/defects.md, 10: a consumer that has closed its connection goes on waiting, and gets messages that nobody sees.
 */
await startServerWith('http/client-gone.ts', good, { clientGone: () => new AbortController().signal });
