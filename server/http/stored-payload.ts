import type { PayloadCipher } from '../queue/payload-cipher.ts';

/** A payload as it is stored. */
interface StoredPayload {
  /** JSON text. */
  readonly payload: string;
  readonly is_encrypted: boolean;
}

/**
 * An object as JSON text with JSON text as its `data`, byte for byte: taken apart and written again, a number might lose
 * digits.
 */
export function withData(fields: object, data: string): string {
  return `${JSON.stringify(fields).slice(0, -1)},"data":${data}}`;
}

/**
 * As {@link withData}, with a stored payload. Of an encrypted message `data` is what was sent, or null where there is no
 * key: never ciphertext.
 *
 * @throws DecryptionError when it was encrypted with another key.
 */
export function withPayload(
  fields: object,
  { payload, is_encrypted }: StoredPayload,
  cipher: PayloadCipher | undefined,
): string {
  const data = is_encrypted ? (cipher?.decrypt(payload) ?? 'null') : payload;
  return withData({ ...fields, encrypted: is_encrypted }, data);
}
