import { createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { decrypt, encryptInto, tagBytes } from './aes-gcm.ts'
import { hmac } from './hmac.ts'
import { saltBytes, writeRandomSalt } from './random-salt.ts'

/** Number of the format that is written, the first byte of an envelope (`docs/format.md`). */
export const envelopeFormat = 1

const keyBytes = 32
const saltOffset = 1
const commitmentOffset = saltOffset + saltBytes
const ciphertextOffset = commitmentOffset + keyBytes

/** How many bytes longer than the plaintext an envelope is: format, salt, commitment, tag. */
export const envelopeOverheadBytes = ciphertextOffset + tagBytes

const domain = Buffer.from('holdfast/envelope/v1\0', 'latin1')

/** Domain and salt, for the moment in which they are hashed. Neither is secret. */
const salted = Buffer.concat([domain, Buffer.alloc(saltBytes)])

/** Every envelope has a key of its own, used for one message, so the nonce needs no randomness. */
const nonce = Buffer.alloc(12)

/**
 * Seals bytes under a vault key: `format ‖ salt ‖ commitment ‖ ciphertext ‖ tag`. The key of this one envelope and the
 * commitment to it are the two halves of HMAC-SHA-512(vault key, domain ‖ salt). `salt` is for test vectors only.
 */
export const sealBytes = (
  vaultKey: KeyObject,
  additionalData: Uint8Array,
  plaintext: Uint8Array,
  salt?: Uint8Array,
): Buffer => {
  const envelope = Buffer.allocUnsafe(envelopeOverheadBytes + plaintext.length)
  envelope[0] = envelopeFormat
  if (salt === undefined) writeRandomSalt(envelope, saltOffset)
  else envelope.set(salt, saltOffset)
  const derived = derive(vaultKey, envelope)
  derived.copy(envelope, commitmentOffset, keyBytes)
  encryptInto(envelope, ciphertextOffset, recordKey(derived), nonce, additionalData, plaintext)
  return envelope
}

/** Opens what {@link sealBytes} made; undefined unless every bit of it is as it was and belongs to this key and this additional data. */
export const openBytes = (
  vaultKey: KeyObject,
  additionalData: Uint8Array,
  envelope: Uint8Array,
): Buffer | undefined => {
  if (envelope.length < envelopeOverheadBytes || envelope[0] !== envelopeFormat) return undefined
  const derived = derive(vaultKey, envelope)
  if (!timingSafeEqual(derived.subarray(keyBytes), envelope.subarray(commitmentOffset, ciphertextOffset))) {
    derived.fill(0)
    return undefined
  }
  const tagOffset = envelope.length - tagBytes
  const ciphertext = envelope.subarray(ciphertextOffset, tagOffset)
  return decrypt(recordKey(derived), nonce, additionalData, ciphertext, envelope.subarray(tagOffset))
}

/** The key of an envelope and the commitment to it. */
const derive = (vaultKey: KeyObject, envelope: Uint8Array): Buffer => {
  salted.set(envelope.subarray(saltOffset, commitmentOffset), domain.length)
  return hmac(vaultKey, salted)
}

/** The first half of what was derived, which is wiped. node:crypto takes a KeyObject four times as fast as the same bytes. */
const recordKey = (derived: Buffer): KeyObject => {
  const key = createSecretKey(derived.subarray(0, keyBytes))
  derived.fill(0)
  return key
}
