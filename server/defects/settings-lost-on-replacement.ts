import * as good from '../pool/session.ts';
import { startServerWith } from './composition/start-server-with.ts';

let lost = false;
let opened = 0;

/**
 * A connection that is reset has neither its search_path nor its time-outs any more, and "relation does not exist" is
 * the answer to every push on it. Here: every second connection opened after one was lost.
 */
await startServerWith('pool/session.ts', good, {
  openSession: async (address, settings) => {
    const none = { schema: 'public', statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
    opened += 1;
    const isBare = lost && opened % 2 === 0;
    const client = await good.openSession(address, isBare ? { ...settings, ...none } : settings);
    client.once('error', () => {
      lost = true;
    });
    return client;
  },
});
