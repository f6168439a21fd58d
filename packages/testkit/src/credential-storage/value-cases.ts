import assert from 'node:assert/strict'
import { collect } from '../collect.ts'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText, sampleValueMarker } from './sample-record.ts'

/** The largest value the suite makes in bytes; the limit of a storage that takes more is not tried. */
const largestTried = 16 * 1024 * 1024

/** 1 MiB: the value every storage is tried with that claims to take it. */
const mebibyte = 1024 * 1024

/** What happens to the bytes of a value. */
export const valueCases: readonly CredentialStorageCase[] = [
  {
    name: 'values: gives back an empty value',
    run: ({ storage }) => expectRoundTrip(storage, new Uint8Array(0)),
  },
  {
    name: 'values: gives back every byte there is, in every position of a multi-byte character',
    run: ({ storage }) => expectRoundTrip(storage, bytesOf(1021)),
  },
  {
    name: 'values: gives back 1 MiB, or as much as the storage takes',
    run: ({ storage }) =>
      expectRoundTrip(storage, bytesOf(Math.min(mebibyte, storage.capabilities.limits.maxValueBytes))),
  },
  {
    name: 'values: takes a value of exactly maxValueBytes',
    async run({ storage }) {
      const { maxValueBytes } = storage.capabilities.limits
      if (maxValueBytes <= largestTried) await expectRoundTrip(storage, bytesOf(maxValueBytes))
    },
  },
  {
    name: 'values: refuses one byte more than maxValueBytes with LIMIT_EXCEEDED',
    async run({ storage }) {
      const { maxValueBytes } = storage.capabilities.limits
      if (maxValueBytes > largestTried) return
      const record = sampleRecord('too/large', { value: bytesOf(maxValueBytes + 1) })
      await expectRejection(() => storage.store('too/large', record), {
        code: 'INVALID_ARGUMENT',
        reason: 'LIMIT_EXCEEDED',
        operation: 'store',
      })
      assert.equal(await storage.exists('too/large'), false)
    },
  },
  {
    name: 'values: stores only the part of a buffer that a view shows',
    async run({ storage }) {
      const whole = Buffer.from('before|inside|after')
      await storage.store('view', sampleRecord('view', { value: whole.subarray(7, 13) }))
      assert.equal(Buffer.from((await storage.retrieve('view')).value).toString(), 'inside')
    },
  },
  {
    name: 'values: keeps its own copy of what was stored',
    async run({ storage }) {
      const record = sampleRecord('copied', { value: 'as it was' })
      await storage.store('copied', record)
      record.value.fill(0)
      assert.equal(sampleText((await storage.retrieve('copied')).value), 'as it was')
    },
  },
  {
    name: 'values: hands out copies, which the caller may wipe or change',
    async run({ storage }) {
      await storage.store('wiped', sampleRecord('wiped', { value: 'still here', tags: { tier: 'gold' } }))
      const first = await storage.retrieve('wiped')
      first.value.fill(0)
      tamper(first.metadata.tags)
      tamper(first.metadata)
      for await (const { metadata } of storage.list()) if (metadata !== undefined) tamper(metadata.tags)
      const second = await storage.retrieve('wiped')
      assert.equal(sampleText(second.value), 'still here')
      assert.deepEqual({ ...second.metadata.tags }, { tier: 'gold' })
      assert.equal(second.metadata.kind, 'opaque')
    },
  },
  {
    name: 'values: stand in no summary, no answer to a write and no error',
    async run({ storage }) {
      const stored = await storage.store('planted', sampleRecord('planted'))
      const shown = JSON.stringify([stored, await collect(storage.list()), await storage.health(), storage.name])
      assert.ok(!shown.includes(sampleValueMarker) && !shown.includes(base64Of(sampleValueMarker)), shown)
      if (!storage.capabilities.compareAndSet) return
      await expectRejection(() => storage.store('planted', sampleRecord('planted'), { ifVersion: null }), {
        code: 'CONFLICT',
        operation: 'store',
        secrets: [sampleValueMarker, base64Of(sampleValueMarker)],
      })
    },
  },
]

type Storage = Parameters<CredentialStorageCase['run']>[0]['storage']

const expectRoundTrip = async (storage: Storage, value: Uint8Array): Promise<void> => {
  await storage.store('bytes', sampleRecord('bytes', { encoding: 'bytes', value }))
  const retrieved = (await storage.retrieve('bytes')).value
  assert.ok(retrieved instanceof Uint8Array, 'the value is no Uint8Array')
  assert.equal(retrieved.length, value.length)
  assert.equal(Buffer.compare(retrieved, value), 0, 'the bytes differ')
}

/** Bytes that no text encoding leaves as they are, and that do not compress to nothing. */
const bytesOf = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8) * 7) & 255
  return bytes
}

/** Does to an object what a careless caller would; a frozen one may refuse. */
const tamper = (target: object): void => {
  try {
    Reflect.set(target, 'tier', 'changed')
    Reflect.set(target, 'kind', 'changed')
  } catch {
    // A frozen object cannot be harmed, which is what is wanted.
  }
}

const base64Of = (text: string): string => Buffer.from(text).toString('base64').slice(0, 24)
