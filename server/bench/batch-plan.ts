/** What it costs to cut a large push into batches by the estimated size of its rows. */
import { ok, strictEqual } from 'node:assert/strict';
import { decodeConfig } from '../config.ts';
import { planBatches } from '../queue/batch-plan.ts';
import { estimateRowBytes } from '../queue/row-size.ts';
import { measure } from './measured-work.ts';
import { sampleMessages } from './sample-messages.ts';

const MESSAGES = 10_000;
const { batchLimits } = decodeConfig({});

for (const payloadBytes of [100, 10_000]) {
  const messages = sampleMessages(MESSAGES, payloadBytes);
  const rowBytes = ({ payload }: (typeof messages)[number]) => estimateRowBytes(payload.length, false);
  await measure({
    what: `${MESSAGES} messages of ${payloadBytes} bytes into batches`,
    scale: 'ns',
    piece: 'message',
    pieces: MESSAGES,
    before: () => undefined,
    work: () => planBatches(messages, rowBytes, batchLimits),
    check: (batches) => {
      const planned = batches.flat();
      strictEqual(planned.length, MESSAGES);
      ok(
        planned.every((message, index) => message === messages[index]),
        'messages are in another order',
      );
      for (const batch of batches) {
        const bytes = batch.reduce((sum, message) => sum + rowBytes(message), 0);
        ok(batch.length <= batchLimits.maxMessages && bytes <= batchLimits.maxBytes);
      }
    },
  });
}
