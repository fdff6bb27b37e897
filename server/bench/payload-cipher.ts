/** What an encrypted queue costs a message on its way in, and on its way out. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { PayloadCipher } from '../queue/payload-cipher.ts';
import { sealPayloads } from '../queue/payload-seal.ts';
import { measure } from './measured-work.ts';
import { sampleMessages } from './sample-messages.ts';

const MESSAGES = 100;

const cipher = new PayloadCipher(randomBytes(32).toString('hex'));

for (const payloadBytes of [100, 10_000]) {
  const messages = sampleMessages(MESSAGES, payloadBytes);
  const payloads = messages.map(({ payload }) => payload);
  const seal = () => (sealPayloads(messages, { encryptionEnabled: true }, cipher) ?? []).map(({ payload }) => payload);
  const sealed = seal();
  const open = () => sealed.map((envelope) => cipher.decrypt(envelope));
  const common = { scale: 'µs', piece: 'message', pieces: MESSAGES, before: () => undefined } as const;
  await measure({
    ...common,
    what: `seal ${payloadBytes} bytes`,
    work: seal,
    check: (envelopes) => {
      // Each under an IV of its own, and each gives its payload back.
      strictEqual(new Set(envelopes.map((envelope) => JSON.parse(envelope).iv)).size, MESSAGES);
      deepStrictEqual(
        envelopes.map((envelope) => cipher.decrypt(envelope)),
        payloads,
      );
    },
  });
  await measure({
    ...common,
    what: `open ${payloadBytes} bytes`,
    work: open,
    check: (opened) => deepStrictEqual(opened, payloads),
  });
}
