import * as good from '../queue/prepared-push.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** A message sent a second time is answered `queued` again, as if there were two of it now. */
await startServerWith('queue/prepared-push.ts', good, {
  toResult: (prepared, outcome) =>
    good.toResult(prepared, outcome.status === 'duplicate' ? { status: 'queued' } : outcome),
});
