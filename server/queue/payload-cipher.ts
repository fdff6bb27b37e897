import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
/** The size GCM is defined for (NIST SP 800-38D, 5.2.1.1); any other is hashed down first. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A stored payload was not made with this key, or was altered. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

/** What is stored in the place of the payload; all three in base64. */
interface Envelope {
  readonly encrypted: string;
  readonly iv: string;
  readonly authTag: string;
}

/** Encrypts payloads with AES-256-GCM, each under an IV of its own, into the JSON form of the original server. */
export class PayloadCipher {
  readonly #key: Buffer;

  /** `key` is 64 hexadecimal digits. */
  constructor(key: string) {
    this.#key = Buffer.from(key, 'hex');
  }

  /** JSON text in, JSON text out: `{"encrypted": …, "iv": …, "authTag": …}`. */
  encrypt(payload: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, iv);
    const encrypted = Buffer.concat([cipher.update(payload, 'utf8'), cipher.final()]).toString('base64');
    const envelope: Envelope = {
      encrypted,
      iv: iv.toString('base64'),
      authTag: cipher.getAuthTag().toString('base64'),
    };
    return JSON.stringify(envelope);
  }

  /** The payload that went into {@link encrypt}. @throws DecryptionError */
  decrypt(stored: string): string {
    try {
      const { encrypted, iv, authTag } = JSON.parse(stored) as Envelope;
      const decipher = createDecipheriv(ALGORITHM, this.#key, Buffer.from(iv, 'base64'), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(Buffer.from(authTag, 'base64'));
      return decipher.update(encrypted, 'base64', 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new DecryptionError('A stored payload cannot be decrypted with QUEEN_ENCRYPTION_KEY.', { cause: error });
    }
  }
}
