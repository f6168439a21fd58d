import { randomBytes } from 'node:crypto'
import { HoldfastError } from '@holdfast/contracts'
import type { CredentialRecord } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullMetadata } from '../../test/support/metadata.ts'
import { createPlainStorage } from '../../test/support/plain-storage.ts'
import { createKeyring } from '../keyring/create-keyring.ts'
import { rawKey } from '../keyring/raw-key.ts'
import { createSealer } from './create-sealer.ts'

const newSealer = () =>
  createSealer(
    createKeyring({ storage: createPlainStorage(), unlock: [rawKey(randomBytes(32))], createIfMissing: true }),
  )

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

describe('createSealer', () => {
  it('opens what it sealed, whatever the value and the metadata are', async () => {
    const sealer = newSealer()
    const text = fc.string({ unit: 'binary' })
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        fc.dictionary(text, text, { maxKeys: 5 }),
        text,
        async (value, tags, kind) => {
          const sealed = await sealer.seal(fullMetadata({ tags, kind }), value)
          expect(Buffer.from(sealed.value).includes(Buffer.from(value)) && value.length > 8).toBe(false)
          const travelled: CredentialRecord = JSON.parse(JSON.stringify({ metadata: sealed.metadata }))
          expect(Uint8Array.from(await sealer.open({ ...travelled, value: sealed.value }))).toEqual(value)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('seals empty values and values of a megabyte', async () => {
    const sealer = newSealer()
    for (const value of [new Uint8Array(0), new Uint8Array(2 ** 20).fill(7)]) {
      const opened = await sealer.open(await sealer.seal(fullMetadata(), value))
      expect(Buffer.compare(opened, value)).toBe(0)
    }
  })

  it('never seals twice to the same bytes', async () => {
    const sealer = newSealer()
    const value = Buffer.from('same')
    const seen = new Set<string>()
    for (let count = 0; count < 300; count++) {
      const sealed = await sealer.seal(fullMetadata(), value)
      seen.add(Buffer.from(sealed.value).toString('hex', 0, 65))
    }
    expect(seen.size).toBe(300)
  })

  it('finds any single flipped bit of the value', async () => {
    const sealer = newSealer()
    const sealed = await sealer.seal(fullMetadata(), Buffer.from('a value'))
    for (let bit = 0; bit < sealed.value.length * 8; bit++) {
      const value = Uint8Array.from(sealed.value)
      value[bit >> 3] = (value[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const error = await failureOf(sealer.open({ ...sealed, value }))
      expect([error.code, error.reason]).toEqual(['DATA_LOSS', 'TAMPERED'])
    }
  })

  it('finds any single flipped bit of the header', async () => {
    const sealer = newSealer()
    const sealed = await sealer.seal(fullMetadata(), Buffer.from('a value'))
    const paths = [...textPaths(sealed.metadata)]
    expect(paths.length).toBe(15)
    for (const [path, text] of paths) {
      for (let bit = 0; bit < text.length * 8; bit++) {
        const flipped =
          text.slice(0, bit >> 3) +
          String.fromCharCode(text.charCodeAt(bit >> 3) ^ (1 << (bit & 7))) +
          text.slice((bit >> 3) + 1)
        const error = await failureOf(sealer.open({ ...sealed, metadata: withText(sealed.metadata, path, flipped) }))
        const isKeyName = path === 'seal.keyId' || path === 'seal.vaultId'
        expect([path, error.code, error.reason]).toEqual([path, 'DATA_LOSS', isKeyName ? 'KEY_UNKNOWN' : 'TAMPERED'])
      }
    }
  })

  it('finds a value cut off or grown at any length', async () => {
    const sealer = newSealer()
    const sealed = await sealer.seal(fullMetadata(), Buffer.from('a value'))
    for (let length = 0; length < sealed.value.length; length++) {
      const error = await failureOf(sealer.open({ ...sealed, value: sealed.value.subarray(0, length) }))
      expect(error.reason).toBe('TAMPERED')
    }
    const grown = Buffer.concat([sealed.value, Buffer.from([0])])
    expect((await failureOf(sealer.open({ ...sealed, value: grown }))).reason).toBe('TAMPERED')
  })

  it.each([
    ['id', { id: 'db/other' }],
    ['kind', { kind: 'database' }],
    ['encoding', { encoding: 'bytes' }],
    ['scope', { scope: 'org:acme' }],
    ['no scope', { scope: undefined }],
    ['a null scope', { scope: null }],
    ['tags', { tags: { region: 'eu', stage: 'test' } }],
    ['one tag less', { tags: { region: 'eu' } }],
    ['tags run together', { tags: { region: 'eu,stage,prod' } }],
    ['createdAt', { createdAt: '2026-01-01T00:00:00.001Z' }],
    ['updatedAt', { updatedAt: '2026-01-01T00:00:00.001Z' }],
    ['expiresAt', { expiresAt: '2099-01-01T00:00:00.000Z' }],
    ['no expiry', { expiresAt: undefined }],
    ['revision', { revision: '01J00000000000000000000000' }],
    ['writeId', { writeId: '01J00000000000000000000000' }],
    ['no seal', { seal: undefined }],
    ['a field that was never there', { owner: 'mallory' }],
    ['a number for a text', { kind: 1 }],
    ['a text that is not Unicode', { kind: 'opaque\ud800' }],
    ['no tags', { tags: undefined }],
  ])('refuses a record moved or altered: %s', async (_what, change) => {
    const sealer = newSealer()
    const sealed = await sealer.seal(fullMetadata(), Buffer.from('a value'))
    // The point of the test is metadata that the types do not allow as well.
    const record = { ...sealed, metadata: { ...sealed.metadata, ...change } } as CredentialRecord
    const error = await failureOf(sealer.open(record))
    expect([error.code, error.reason]).toEqual(['DATA_LOSS', 'TAMPERED'])
    expect(error.message).toContain('is not what was sealed under this name')
  })

  it('refuses two records whose salts were swapped', async () => {
    const sealer = newSealer()
    const first = Buffer.from((await sealer.seal(fullMetadata(), Buffer.from('a value'))).value)
    const second = await sealer.seal(fullMetadata(), Buffer.from('a value'))
    const value = Buffer.concat([first.subarray(0, 33), Buffer.from(second.value).subarray(33)])
    expect((await failureOf(sealer.open({ ...second, value }))).reason).toBe('TAMPERED')
  })

  it('tells a record of a newer format from a damaged one', async () => {
    const sealer = newSealer()
    const sealed = await sealer.seal(fullMetadata(), Buffer.from('a value'))
    const { seal } = sealed.metadata
    if (seal === undefined) throw new Error('it is sealed')
    const metadata = { ...sealed.metadata, seal: { ...seal, format: 2 } }
    const value = Uint8Array.from(sealed.value)
    expect((await failureOf(sealer.open({ metadata, value }))).reason).toBe('TAMPERED')
    value[0] = 2
    const error = await failureOf(sealer.open({ metadata, value }))
    expect([error.code, error.hint]).toEqual(['UNSUPPORTED', 'Upgrade @holdfast/credential-core.'])
  })

  it('refuses a record of another vault by the key it names', async () => {
    const record = await newSealer().seal(fullMetadata(), Buffer.from('a value'))
    expect((await failureOf(newSealer().open(record))).reason).toBe('KEY_UNKNOWN')
  })

  it('refuses to seal metadata that could not be told from other metadata', async () => {
    const error = await failureOf(newSealer().seal(fullMetadata({ kind: 'broken\ud800' }), Buffer.from('a value')))
    expect([error.code, error.reason]).toEqual(['INVALID_ARGUMENT', 'VALUE_MALFORMED'])
  })

  it('says nothing of the value in any error', async () => {
    const sealer = newSealer()
    const planted = 'planted-7f3a-secret'
    const sealed = await sealer.seal(fullMetadata(), Buffer.from(planted))
    const errors = [
      await failureOf(sealer.open({ ...sealed, value: sealed.value.subarray(1) })),
      await failureOf(sealer.open({ ...sealed, metadata: { ...sealed.metadata, kind: 'x' } })),
      await failureOf(newSealer().open(sealed)),
      await failureOf(sealer.seal(fullMetadata({ kind: '\ud800' }), Buffer.from(planted))),
    ]
    for (const error of errors) expect(`${JSON.stringify(error)} ${error.stack}`).not.toContain(planted)
  })
})

function* textPaths(value: object, prefix = ''): Generator<[string, string]> {
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string') yield [prefix + name, inner]
    else if (typeof inner === 'object') yield* textPaths(inner, `${prefix}${name}.`)
  }
  if (prefix === 'tags.') for (const name of Object.keys(value)) yield [`tags/${name}`, name]
}

const withText = <T extends object>(metadata: T, path: string, text: string): T => {
  const copy = structuredClone(metadata)
  if (path.startsWith('tags/')) {
    const name = path.slice('tags/'.length)
    const tags: Record<string, string> = Reflect.get(Object(copy), 'tags')
    const value = tags[name] ?? ''
    delete tags[name]
    tags[text] = value
    return copy
  }
  const names = path.split('.')
  const last = names.pop() ?? ''
  const target = names.reduce<object>((inner, name) => Reflect.get(inner, name), copy)
  Reflect.set(target, last, text)
  return copy
}
