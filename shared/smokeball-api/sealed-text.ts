import { createCipheriv, createDecipheriv } from 'node:crypto'

/** What was sealed was not sealed with this key, not for this purpose, or changed since. Quotes nothing of it. */
export class CannotUnseal extends Error {
  readonly code = 'CANNOT_UNSEAL'

  constructor(purpose: string) {
    super(`What is stored for ${purpose} cannot be read with the key that is there now.`)
    this.name = 'CannotUnseal'
  }
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * A text that only who has the key can read: AES-256-GCM, nonce, tag and ciphertext in this order, base64. `key`: 32 bytes;
 * `purpose`: what it is for, so that it cannot be put elsewhere; `nonce`: 12 random bytes, never the same twice.
 * https://csrc.nist.gov/pubs/sp/800/38/d/final
 */
export function seal(text: string, key: Uint8Array, purpose: string, nonce: Uint8Array): string {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(purpose))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
}

/** The text that was sealed. Throws `CannotUnseal`. */
export function unseal(sealed: string, key: Uint8Array, purpose: string): string {
  try {
    const bytes = Buffer.from(sealed, 'base64')
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(Buffer.from(purpose))
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new CannotUnseal(purpose)
  }
}
