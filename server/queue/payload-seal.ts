import type { PayloadCipher } from './payload-cipher.ts';
import type { QueueOptions } from './queue-options.ts';

/** Why an encrypted queue cannot be used on this server. */
export const NO_KEY_ERROR = 'encryptionEnabled needs QUEEN_ENCRYPTION_KEY, which this server does not have';

/**
 * Messages as a queue with these options stores them. Undefined when the queue is encrypted and there is no key: then
 * nothing may be stored. Whoever stores them must have the queue's version checked under the partition's lock.
 */
export function sealPayloads<Message extends { readonly payload: string }>(
  messages: readonly Message[],
  { encryptionEnabled }: Pick<QueueOptions, 'encryptionEnabled'>,
  cipher: PayloadCipher | undefined,
): readonly Message[] | undefined {
  if (!encryptionEnabled) return messages;
  if (cipher === undefined) return undefined;
  return messages.map((message) => ({ ...message, payload: cipher.encrypt(message.payload) }));
}

/** The answer to a message for an encrypted queue on a server without the key. */
export function unsealableError(queue: string): string {
  return `Queue '${queue}' is encrypted: ${NO_KEY_ERROR}`;
}
