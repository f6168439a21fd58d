import { randomBytes } from 'node:crypto'
import { decrypt, encryptInto, tagBytes } from '../sealing/aes-gcm.ts'
import { vaultKeyBytes } from './vault-key.ts'

const nonceBytes = 12

/** Wraps a vault key with another key: `nonce ‖ ciphertext ‖ tag` of AES-256-GCM. A random nonce will do: a key wraps a handful of times in its life. `nonce` is for test vectors only. */
export const wrapWithKey = (
  wrappingKey: Uint8Array,
  key: Uint8Array,
  associatedData: Uint8Array,
  nonce: Uint8Array = randomBytes(nonceBytes),
): Buffer => {
  const wrapped = Buffer.alloc(nonceBytes + key.length + tagBytes)
  wrapped.set(nonce)
  encryptInto(wrapped, nonceBytes, wrappingKey, nonce, associatedData, key)
  return wrapped
}

/** Opens what {@link wrapWithKey} made; undefined when it was another key or anything was altered. */
export const unwrapWithKey = (
  wrappingKey: Uint8Array,
  wrapped: Uint8Array,
  associatedData: Uint8Array,
): Buffer | undefined => {
  if (wrapped.length !== nonceBytes + vaultKeyBytes + tagBytes) return undefined
  const tagOffset = nonceBytes + vaultKeyBytes
  const nonce = wrapped.subarray(0, nonceBytes)
  const ciphertext = wrapped.subarray(nonceBytes, tagOffset)
  return decrypt(wrappingKey, nonce, associatedData, ciphertext, wrapped.subarray(tagOffset))
}
