import type { NewMessage } from '../queue/message.ts';
import { UuidV7Generator } from '../queue/uuid-v7.ts';

/** Messages as pushes bring them; every payload is JSON text of exactly so many bytes, at least 20. */
export function sampleMessages(count: number, payloadBytes: number): readonly NewMessage[] {
  const ids = new UuidV7Generator(Date.now);
  return Array.from({ length: count }, (_, number) => {
    const id = ids.generate();
    const head = `{"n":${number},"fill":"`;
    const payload = `${head}${'x'.repeat(payloadBytes - head.length - 2)}"}`;
    return { id, transactionId: `bench-${number}`, traceId: undefined, payload };
  });
}
