import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decrypt, encryptInto, tagBytes } from './aes-gcm.ts'
import { hmac } from './hmac.ts'

interface VectorFile<Group> {
  readonly numberOfTests: number
  readonly testGroups: readonly Group[]
}

interface GcmGroup {
  readonly ivSize: number
  readonly keySize: number
  readonly tests: readonly {
    readonly tcId: number
    readonly comment: string
    readonly key: string
    readonly iv: string
    readonly aad: string
    readonly msg: string
    readonly ct: string
    readonly tag: string
    readonly result: 'valid' | 'invalid'
  }[]
}

interface MacGroup {
  readonly tagSize: number
  readonly tests: readonly {
    readonly tcId: number
    readonly key: string
    readonly msg: string
    readonly tag: string
    readonly result: 'valid' | 'invalid'
  }[]
}

const read = <Group>(name: string): VectorFile<Group> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../test/vectors/wycheproof', name), 'utf8'))

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

describe('AES-GCM against Wycheproof', () => {
  const { numberOfTests, testGroups } = read<GcmGroup>('aes_gcm_test.json')
  const all = testGroups.flatMap(({ keySize, ivSize, tests }) => tests.map((test) => ({ keySize, ivSize, ...test })))

  it('has every vector', () => {
    expect([all.length, numberOfTests]).toEqual([316, 316])
    // What envelopes use: these must not be few.
    expect(all.filter(({ keySize, ivSize }) => keySize === 256 && ivSize === 96).length).toBeGreaterThan(60)
  })

  it.each(all)(
    '$keySize-bit key, $ivSize-bit nonce, $tcId: $result',
    ({ key, iv, ivSize, aad, msg, ct, tag, result }) => {
      const open = (): Buffer | undefined => decrypt(bytes(key), bytes(iv), bytes(aad), bytes(ct), bytes(tag))
      // node:crypto (OpenSSL) takes nonces of 1 to 128 bytes; envelopes only ever have 12.
      if (ivSize === 0 || ivSize > 1024) {
        expect(open).toThrow()
        return
      }
      if (result === 'invalid') {
        expect(open()).toBeUndefined()
        return
      }
      expect(open()?.toString('hex')).toBe(msg)
      const target = Buffer.alloc(bytes(msg).length + tagBytes)
      encryptInto(target, 0, createSecretKey(bytes(key)), bytes(iv), bytes(aad), bytes(msg))
      expect(target.toString('hex')).toBe(ct + tag)
    },
  )

  it('opens no tag that was cut off, to 12, 8 and 4 bytes least of all', () => {
    for (const { key, iv, ivSize, aad, ct, tag, result } of all) {
      if (result !== 'valid' || ivSize !== 96) continue
      for (let length = 0; length < tagBytes; length++) {
        const cut = bytes(tag).subarray(0, length)
        expect(decrypt(bytes(key), bytes(iv), bytes(aad), bytes(ct), cut)).toBeUndefined()
      }
    }
  })
})

describe('HMAC-SHA-512 against Wycheproof', () => {
  const { numberOfTests, testGroups } = read<MacGroup>('hmac_sha512_test.json')
  const all = testGroups.flatMap(({ tagSize, tests }) => tests.map((test) => ({ tagSize, ...test })))

  it('has every vector', () => {
    expect([all.length > 170, all.length]).toEqual([true, numberOfTests])
  })

  it.each(all)('$tagSize-bit tag, $tcId: $result', ({ key, msg, tag, tagSize, result }) => {
    const mac = hmac(createSecretKey(bytes(key)), bytes(msg)).subarray(0, tagSize / 8)
    expect(mac.equals(bytes(tag))).toBe(result === 'valid')
  })
})
