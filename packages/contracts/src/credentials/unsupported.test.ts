import { expect, expectTypeOf, it } from 'vitest'
import type { AnyCredentialStorage, CredentialStorage, Versioned } from './credential-storage.ts'
import { requireCapability, unsupported } from './unsupported.ts'

const storage = (versions: boolean): AnyCredentialStorage => {
  const refuse = (): never => {
    throw new Error('not part of this test')
  }
  return {
    name: 'storage-test (here)',
    capabilities: {
      compareAndSet: false,
      versions,
      recover: false,
      watch: false,
      limits: { maxValueBytes: 1, maxTags: 1, maxIdLength: 1 },
    },
    store: refuse,
    retrieve: refuse,
    exists: refuse,
    delete: refuse,
    list: refuse,
    health: refuse,
    close: refuse,
    [Symbol.asyncDispose]: refuse,
  }
}

it('gives a storage that has the capability back, as one that has its methods', () => {
  const versioned = storage(true)
  const result = requireCapability(versioned, 'versions', 'credential-core', 'history')
  expectTypeOf(result).toEqualTypeOf<CredentialStorage & Versioned>()
  expect(result).toBe(versioned)
})

it('refuses one that does not with UNSUPPORTED, naming both', () => {
  expect(() => requireCapability(storage(false), 'versions', 'credential-core', 'history')).toThrow(
    expect.objectContaining({
      code: 'UNSUPPORTED',
      source: 'credential-core',
      operation: 'history',
      details: { capability: 'versions', storage: 'storage-test (here)' },
    }),
  )
  expect(unsupported('storage-test (here)', 'compareAndSet', 'storage-test', 'store').message).toContain(
    'needs a storage with the capability compareAndSet, which storage-test (here) does not have',
  )
})
