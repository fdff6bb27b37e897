import { Ledger } from '../history/ledger.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { momentOf } from '../load/error-tally.ts';
import type { PushRecording } from '../load/push-recording.ts';

/**
 * For a load on a server that sends every body back: a request counts as acknowledged when the reply ends like its own body,
 * whose last message nobody else has.
 */
export function recordEchoes(runId: string): PushRecording {
  const ledger = new Ledger(runId);
  return {
    ledger,
    judge: ({ request }, { httpStatus, body }, errors) => {
      const end = ledger.firstMessage(request + 1);
      if (httpStatus === 200 && body.endsWith(`"${formatTransactionId(runId, end - 1)}"}]}`)) {
        ledger.setOutcomes(request, 'queued');
        return end - ledger.firstMessage(request);
      }
      ledger.setOutcomes(request, 'malformed');
      errors.add('no echo', body, momentOf(ledger, request, 'malformed'));
      return 0;
    },
  };
}
