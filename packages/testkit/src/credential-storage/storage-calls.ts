import type { AnyCredentialStorage, Version } from '@holdfast/contracts/credentials'
import { collect } from '../collect.ts'
import { sampleRecord } from './sample-record.ts'

/** One way to call a storage. */
export interface StorageCall {
  readonly operation: string
  readonly run: (storage: AnyCredentialStorage, signal?: AbortSignal) => Promise<unknown>
}

/** Every method of the storage that takes an id, the optional ones only if it claims them. */
export const callsWithId = (storage: AnyCredentialStorage, id: string): readonly StorageCall[] => {
  const { versions, recover } = storage.capabilities
  return [
    { operation: 'store', run: (target, signal) => target.store(id, sampleRecord(id), { signal }) },
    { operation: 'retrieve', run: (target, signal) => target.retrieve(id, { signal }) },
    { operation: 'exists', run: (target, signal) => target.exists(id, { signal }) },
    { operation: 'delete', run: (target, signal) => target.delete(id, { signal }) },
    ...(versions
      ? [optional('history', (target, signal) => present(target, 'history').call(target, id, { signal }))]
      : []),
    ...(recover
      ? [
          optional('recover', (target, signal) => present(target, 'recover').call(target, id, { signal })),
          optional('purge', (target, signal) => present(target, 'purge').call(target, id, { signal })),
        ]
      : []),
  ]
}

/** Every method of the storage that answers or streams once, the optional ones only if it claims them; no `watch`. */
export const allCalls = (storage: AnyCredentialStorage, id: string): readonly StorageCall[] => [
  ...callsWithId(storage, id),
  { operation: 'list', run: (target, signal) => collect(target.list({ signal })) },
  { operation: 'health', run: (target, signal) => target.health({ signal }) },
  ...(storage.capabilities.recover
    ? [
        {
          operation: 'listDeleted',
          run: (target: AnyCredentialStorage, signal?: AbortSignal) =>
            collect(present(target, 'listDeleted').call(target, { signal })),
        },
      ]
    : []),
]

/** A method that a capability comes with. A storage that claims the capability and lacks the method fails here. */
export const present = <K extends 'history' | 'recover' | 'purge' | 'listDeleted' | 'watch'>(
  storage: AnyCredentialStorage,
  name: K,
): NonNullable<AnyCredentialStorage[K]> => {
  const method = storage[name]
  if (method === undefined) throw new Error(`${storage.name} claims the capability of ${name} and has no such method`)
  return method
}

/** The versions that are kept, newest first. */
export const historyOf = async (storage: AnyCredentialStorage, id: string): Promise<readonly Version[]> =>
  (await present(storage, 'history').call(storage, id)).map(({ version }) => version)

/** Only gives the arguments of the function their types. */
const optional = (operation: string, run: StorageCall['run']): StorageCall => ({ operation, run })
