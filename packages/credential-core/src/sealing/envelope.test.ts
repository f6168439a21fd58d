import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { envelopeOverheadBytes, openBytes, sealBytes } from './envelope.ts'
import { hmac } from './hmac.ts'

const newKey = () => createSecretKey(randomBytes(32))

describe('sealBytes and openBytes', () => {
  it('give back what went in, for any value and any additional data', () => {
    const key = newKey()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 500 }), (plaintext, additionalData) => {
        const envelope = sealBytes(key, additionalData, plaintext)
        expect(envelope.length).toBe(plaintext.length + envelopeOverheadBytes)
        expect(openBytes(key, additionalData, envelope)?.equals(plaintext)).toBe(true)
        expect(openBytes(key, Buffer.concat([additionalData, Buffer.alloc(1)]), envelope)).toBeUndefined()
        expect(openBytes(newKey(), additionalData, envelope)).toBeUndefined()
      }),
    )
  })

  it('refuse an envelope whose commitment was altered although its ciphertext is whole', () => {
    const key = newKey()
    const data = Buffer.from('header')
    const envelope = sealBytes(key, data, Buffer.from('value'))
    for (let index = 33; index < 65; index++) {
      const altered = Buffer.from(envelope)
      altered[index] = (altered[index] ?? 0) ^ 1
      expect(openBytes(key, data, altered)).toBeUndefined()
    }
  })

  it('refuse an envelope that was made to open under two keys', () => {
    const [first, second] = [newKey(), newKey()]
    const data = Buffer.from('the same header under both')
    const salt = randomBytes(32)
    const domain = Buffer.from('holdfast/envelope/v1\0')
    const firstDerived = hmac(first, Buffer.concat([domain, salt]))
    const secondDerived = hmac(second, Buffer.concat([domain, salt]))
    const forged = collide(firstDerived.subarray(0, 32), secondDerived.subarray(0, 32), data)
    // The forgery is real: AES-GCM by itself opens it under both keys, to two different values.
    expect(openRaw(firstDerived.subarray(0, 32), data, forged)).not.toEqual(
      openRaw(secondDerived.subarray(0, 32), data, forged),
    )
    const withCommitment = (derived: Buffer) =>
      Buffer.concat([Buffer.from([1]), salt, derived.subarray(32), forged.ciphertext, forged.tag])
    expect(openBytes(first, data, withCommitment(firstDerived))).toBeDefined()
    expect(openBytes(second, data, withCommitment(firstDerived))).toBeUndefined()
    expect(openBytes(second, data, withCommitment(secondDerived))).toBeDefined()
    expect(openBytes(first, data, withCommitment(secondDerived))).toBeUndefined()
  })
})

const nonce = Buffer.alloc(12)

interface Forged {
  readonly ciphertext: Buffer
  readonly tag: Buffer
}

const openRaw = (key: Buffer, data: Buffer, { ciphertext, tag }: Forged): string => {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  decipher.setAAD(data).setAuthTag(tag)
  return decipher.update(ciphertext, undefined, 'hex') + decipher.final('hex')
}

/**
 * The attack of Dodis, Grubbs, Ristenpart and Woodage (2018): the tag is linear in the ciphertext, so two blocks can be
 * chosen such that one ciphertext and one tag are valid under two keys.
 */
const collide = (first: Buffer, second: Buffer, data: Buffer): Forged => {
  const free = randomBytes(16)
  const tagWith = (key: Buffer, solved: bigint): bigint => {
    const block = aesBlock(key, Buffer.alloc(16))
    const pad = toField(aesBlock(key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])])))
    const padded = Buffer.concat([data, Buffer.alloc((16 - (data.length % 16)) % 16)])
    const lengths = Buffer.alloc(16)
    lengths.writeUInt32BE(data.length * 8, 4)
    lengths.writeUInt32BE(256, 12)
    let sum = 0n
    const blocks = [...chunks(padded), toField(free), solved, toField(lengths)]
    for (const each of blocks) sum = multiply(sum ^ each, toField(block))
    return sum ^ pad
  }
  // The solved block is multiplied by H² on its way into the tag: H once for itself and once for the lengths after it.
  const square = (key: Buffer): bigint => {
    const h = toField(aesBlock(key, Buffer.alloc(16)))
    return multiply(h, h)
  }
  const difference = tagWith(first, 0n) ^ tagWith(second, 0n)
  const solved = multiply(difference, invert(square(first) ^ square(second)))
  const tag = fromField(tagWith(first, solved))
  return { ciphertext: Buffer.concat([free, fromField(solved)]), tag }
}

const aesBlock = (key: Buffer, block: Buffer): Buffer =>
  createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block)

const chunks = (buffer: Buffer): bigint[] =>
  Array.from({ length: buffer.length / 16 }, (_, index) => toField(buffer.subarray(index * 16, index * 16 + 16)))

const toField = (block: Buffer): bigint => BigInt(`0x${block.toString('hex')}`)

const fromField = (element: bigint): Buffer => Buffer.from(element.toString(16).padStart(32, '0'), 'hex')

/** Multiplication in GF(2^128) as NIST SP 800-38D §6.3 writes it, the most significant bit first. */
const multiply = (x: bigint, y: bigint): bigint => {
  let result = 0n
  let factor = y
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) result ^= factor
    factor = factor & 1n ? (factor >> 1n) ^ (0xe1n << 120n) : factor >> 1n
  }
  return result
}

/** x^(2^128 − 2), which is 1/x. */
const invert = (x: bigint): bigint => {
  let result = 1n << 127n
  let power = x
  for (let bit = 1; bit < 128; bit++) {
    power = multiply(power, power)
    result = multiply(result, power)
  }
  return result
}
