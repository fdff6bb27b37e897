import * as good from '../pool/session.ts';
import { startServerWith } from './composition/start-server-with.ts';

let lost = false;

/**
 * A connection that is reset has neither its search_path nor its time-outs any more, and "relation does not exist" is
 * the answer to every push on it. Here: every connection opened after one was lost.
 */
await startServerWith('pool/session.ts', good, {
  openSession: async (address, settings) => {
    const none = { schema: 'public', statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
    const client = await good.openSession(address, lost ? { ...settings, ...none } : settings);
    client.once('error', () => {
      lost = true;
    });
    return client;
  },
});
