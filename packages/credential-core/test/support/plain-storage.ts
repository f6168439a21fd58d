import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage, CredentialRecord, StoredCredential } from '@holdfast/contracts/credentials'

/** A storage in a Map, as plain as can be, whose state and operations a test can look at and disturb. */
export interface PlainStorage extends AnyCredentialStorage {
  readonly records: Map<string, StoredCredential>
  /** Called before each operation with its number, name and id; what it throws becomes the operation's error. */
  before: (call: { readonly number: number; readonly operation: string; readonly id: string }) => void | Promise<void>
  /** The same after the operation was done: an answer that is lost. */
  after: (call: { readonly number: number; readonly operation: string; readonly id: string }) => void | Promise<void>
}

export const createPlainStorage = (records = new Map<string, StoredCredential>()): PlainStorage => {
  let number = 0
  let nextVersion = 1
  const step = async <T>(operation: string, id: string, work: () => T): Promise<T> => {
    const call = { number: ++number, operation, id }
    await storage.before(call)
    const result = work()
    await storage.after(call)
    return result
  }
  const storage: PlainStorage = {
    records,
    before: () => {},
    after: () => {},
    name: 'plain storage',
    capabilities: {
      compareAndSet: true,
      versions: false,
      recover: false,
      watch: false,
      limits: { maxValueBytes: 1e9, maxTags: 1e3, maxIdLength: 512 },
    },
    store: (id, record, { ifVersion } = {}) =>
      step('store', id, () => {
        if (ifVersion !== undefined && (records.get(id)?.version ?? null) !== ifVersion) throw error('CONFLICT', id)
        const version = `plain-${nextVersion++}`
        records.set(id, copyOf(record, version))
        return { version, createdAt: record.metadata.updatedAt }
      }),
    retrieve: (id) =>
      step('retrieve', id, () => {
        const found = records.get(id)
        if (found === undefined) throw error('NOT_FOUND', id)
        return copyOf(found, found.version)
      }),
    exists: (id) => step('exists', id, () => records.has(id)),
    delete: (id) => step('delete', id, () => ({ deleted: records.delete(id) })),
    async *list({ prefix = '' } = {}) {
      await step('list', prefix, () => {})
      for (const [id, { version, metadata }] of [...records]) if (id.startsWith(prefix)) yield { id, version, metadata }
    },
    health: async () => ({ status: 'up', latencyMs: 0, checkedAt: '2026-01-01T00:00:00.000Z' }),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
  return storage
}

const copyOf = ({ metadata, value }: CredentialRecord, version: string): StoredCredential => ({
  metadata: structuredClone(metadata),
  value: Uint8Array.from(value),
  version,
})

const error = (code: 'NOT_FOUND' | 'CONFLICT', id: string): HoldfastError =>
  new HoldfastError({
    code,
    source: 'plain-storage',
    operation: 'test',
    message: `${code} on ${id}.`,
    hint: 'This is a test.',
  })
