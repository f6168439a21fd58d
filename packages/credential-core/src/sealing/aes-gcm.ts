import { type CipherGCMTypes, createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

/** Length of every authentication tag in bytes. It is always passed on: without it node:crypto opens tags cut to 12, 8 or 4 bytes. */
export const tagBytes = 16

const options = { authTagLength: tagBytes } as const

/** Encrypts with AES-GCM and appends the tag, writing both into `target` from `offset` on, which needs `plaintext.length + 16` bytes there. */
export const encryptInto = (
  target: Buffer,
  offset: number,
  key: Uint8Array | KeyObject,
  nonce: Uint8Array,
  additionalData: Uint8Array,
  plaintext: Uint8Array,
): void => {
  const cipher = createCipheriv(algorithmFor(key), key, nonce, options)
  cipher.setAAD(additionalData)
  // GCM is a stream: update gives every byte, final gives none.
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  target.set(ciphertext, offset)
  target.set(cipher.getAuthTag(), offset + ciphertext.length)
}

/** Decrypts; undefined unless every bit of ciphertext, tag, key, nonce and additional data is as it was and the tag is whole. */
export const decrypt = (
  key: Uint8Array | KeyObject,
  nonce: Uint8Array,
  additionalData: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
): Buffer | undefined => {
  const decipher = createDecipheriv(algorithmFor(key), key, nonce, options)
  let plaintext: Buffer | undefined
  try {
    // Throws for a tag of another length.
    decipher.setAuthTag(tag)
    decipher.setAAD(additionalData)
    plaintext = decipher.update(ciphertext)
    decipher.final()
    return plaintext
  } catch {
    plaintext?.fill(0)
    return undefined
  }
}

/** Everything here is sealed with 256 bits; the shorter keys are for the public test vectors. */
const algorithmFor = (key: Uint8Array | KeyObject): CipherGCMTypes => {
  const length = key instanceof Uint8Array ? key.length : key.symmetricKeySize
  return length === 32 ? 'aes-256-gcm' : length === 24 ? 'aes-192-gcm' : 'aes-128-gcm'
}
